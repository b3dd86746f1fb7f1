# The slot that is live; nothing where none is, or where the controller does not answer.
live_slot() { # <controller>
  docker exec "$1" slipway-router ledger 2> /dev/null | tr -d ' \n' | sed -n 's/.*"live":"\([a-z]*\)".*/\1/p'
}

