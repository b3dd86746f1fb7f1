# The slot that a word means: live and standby go by who is live, any other word is the slot's own. Nothing where nothing is live, or where the
# controller does not answer.
slot_meant() { # <live, standby, blue or green> <controller>
  case $1 in
    live | standby) ;;
    *)
      echo "$1"
      return
      ;;
  esac
  case $1-$(docker exec "$2" slipway-router ledger 2> /dev/null | tr -d ' \n' | sed -n 's/.*"live":"\([a-z]*\)".*/\1/p') in
    live-blue | standby-green) echo blue ;;
    live-green | standby-blue) echo green ;;
  esac
}

