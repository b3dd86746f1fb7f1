# Containers of the service without a port, its roles: those of live run, those of the other slot don't.
#
# MODE: begin starts those of SLOT, which is to get the traffic, and looks whether they stay up; if not, they are stopped and this fails. A slot
# that is live or on its way is not judged here. What it refuses is recorded like every rejected release: standard input is what `promote` reads, and
# the arguments are its own. align asks the controller who is live, starts what does not run there and stops all others; a
# rollout that runs keeps both. restart has live's end and start again, one after another, of ROLE or all, while nothing moves; HAND: shell words that say
# who and why. PREFIX of the containers' names, and the network's; STEADY seconds without an end, within GATE seconds
#
# Until they have been judged, Docker does not start them again: whatever ends has ended.

# Those with a schedule are the clock's (role-clock.sh): what runs of them ends by itself.
roles_of() { # <slot> [filter…]
  slot=$1
  shift
  docker ps --all --filter "network=$PREFIX" --filter "label=slipway.slot=$slot" --filter label=slipway.role "$@" --format '{{.Names}} {{.Label "slipway.due"}}' | awk 'NF == 1 { print $1 }' | sort
}

state_of() { # <container>
  docker inspect --type container --format '{{if .State.Restarting}}restarting{{else}}{{.State.Status}}{{end}} {{.State.ExitCode}} {{.RestartCount}} {{.State.StartedAt}} {{with .State.Health}}{{.Status}}{{end}}' "$1" 2> /dev/null || echo gone
}

# One that ends at this very moment can't be changed; once it has ended it can.
restarts() { # <policy> <container>…
  policy=$1
  shift
  for name; do
    docker update --restart "$policy" "$name" > /dev/null 2>&1 || { sleep 1; docker update --restart "$policy" "$name" > /dev/null; } || true
  done
}

stop() { # <container>…
  [ $# -gt 0 ] || return 0
  restarts no "$@"
  # Side by side: each has the time that its release was given.
  stops=
  for name; do
    docker stop "$name" > /dev/null &
    stops="$stops $!"
  done
  (
    sleep 3 > /dev/null 2>&1
    echo "roles: waiting for $(echo "$*" | tr ' ' ',') to end (at most the slipway:container.stopSeconds of their release)"
  ) &
  wait $stops || true
  kill $! 2> /dev/null || true
  for name; do
    case $(state_of "$name") in
      "exited 137 "*) echo "$name: killed, as it did not end by itself within the slipway:container.stopSeconds of its release" ;;
      *) echo "$name: stopped" ;;
    esac
  done
}

# Looks until all have stayed up for so long, and say that they are well where they can.
judge() { # <container>…
  began=$(date +%s) since= before=
  while :; do
    now=$(date +%s) seen='' waits=''
    for name; do
      state=$(state_of "$name")
      case $state in
        "running "*" unhealthy" | "running "*" starting") waits="$name is ${state##* }" ;;
        "running "*) ;;
        gone) fail "$name" "is gone" ;;
        *) fail "$name" "ends with exit code $(echo "$state" | cut -d ' ' -f 2)" ;;
      esac
      seen="$seen $name ${state% *}"
    done
    if [ -z "$since" ]; then since=$now before=$seen; fi
    [ "$seen" = "$before" ] || fail "$name" "was started again"
    [ -n "$waits" ] || [ $((now - since)) -lt "$STEADY" ] || return 0
    [ -z "$waits" ] || [ $((now - began)) -lt "$GATE" ] || fail "${waits%% *}" "${waits#* } after $GATE s (slipway:health.gateSeconds), by its healthcheck"
    sleep 0.5
  done
}

fail() { # <container> <what is wrong>
  echo "$1: $2. Its last lines:"
  docker logs --tail 20 "$1" 2>&1 | cut -c 1-300 | sed 's/^/  /'
  exit 1
}

ledger=$(docker exec "$PREFIX-controller" slipway-router ledger < /dev/null | tr -d ' \n') || ledger=
case $ledger in
  *'"live":"blue"'*) live=blue ;;
  *'"live":"green"'*) live=green ;;
  *'"live":null'*) live=none ;;
  *) live= ;;
esac
case $ledger in *'"running":null'*) moves= ;; *) moves=yes ;; esac

case $MODE in
  begin)
    names=$(roles_of "$SLOT")
    [ -n "$names" ] || exit 0
    # Interrupted before anything moved: they would go on taking jobs.
    trap 'echo "this update was interrupted: no traffic has moved. Fix: pulumi up goes on" >&2; stop $names; exit 124' TERM
    # What can't be started tells the same as what ends at once.
    docker start $names > /dev/null || true
    if [ "$live" != "$SLOT" ] && [ -z "$moves" ]; then
      echo "roles: waiting for $(echo $names | tr ' ' ',') to be up for $STEADY s"
      # It says nothing where all is well.
      said=$(judge $names) || {
        echo "$said"
        stop $names
        why=${said%%. Its last lines:*}
        docker exec -i "$PREFIX-controller" slipway-router refuse "$@" "--reason=role container ${why#"$PREFIX-"}" > /dev/null || true
        echo "roles: the release is refused, as not all of them stay up; no traffic has moved. Fix: correct it, then pulumi up again; slipway logs --slot $SLOT shows more" >&2
        exit 1
      }
    fi
    restarts unless-stopped $names
    ;;
  align)
    if [ -z "$live" ]; then
      [ -z "$(roles_of blue)$(roles_of green)" ] || echo "roles: left as they are, as the controller does not say who is live. Fix: slipway status says more; pulumi up makes it good" >&2
      exit 0
    fi
    started=
    if [ "$live" != none ]; then
      names=$(roles_of "$live")
      started=$(roles_of "$live" --filter status=created --filter status=exited --filter status=dead)
      restarts unless-stopped $names
      for name in $started; do if docker start "$name" > /dev/null; then echo "$name: started"; fi; done
    fi
    # Its end does what is left to do.
    [ -z "$moves" ] || exit 0
    for slot in blue green; do
      [ "$slot" = "$live" ] || stop $(roles_of "$slot" --filter status=running --filter status=restarting --filter status=paused)
    done
    broken=$([ "$live" = none ] || roles_of "$live" --filter status=restarting)
    [ -z "$started$broken" ] || (judge $started $broken) || {
      echo "roles: not all of live's stay up. Fix: slipway logs shows more; pulumi up makes it good" >&2
      exit 1
    }
    ;;
  restart)
    names=$(roles_of "$live" ${ROLE:+--filter "label=slipway.role=$ROLE"})
    if [ -z "$names" ]; then
      [ -n "$ROLE" ] || exit 0
      if [ -n "$(docker ps --all --quiet --filter "network=$PREFIX" --filter "label=slipway.role=$ROLE" --filter label=slipway.due)" ]; then
        echo "restart: $ROLE runs by the clock, and so there is nothing to restart. Fix: slipway run <its command> runs it now" >&2
        exit 1
      fi
      echo "restart: needs a container of role $ROLE in the live slot, got none. Fix: slipway status says which roles run; pulumi up makes anew what is missing" >&2
      exit 1
    fi
    for name in $names; do
      # Each is asked for: an update may have begun since the one before.
      code=0
      answer=$(eval "docker exec $PREFIX-controller slipway-router restart-role $HAND" 2>&1) || code=$?
      case $code in
        0) ;;
        1)
          echo "$answer" >&2
          exit 1
          ;;
        *) echo "restart: goes on, but is in no record, as the controller does not answer" >&2 ;;
      esac
      docker restart "$name" > /dev/null || true
      (judge "$name") || {
        echo "restart: stopped at $name, which does not stay up; those after it were not touched. Fix: slipway logs shows more" >&2
        exit 1
      }
      echo "$name: restarted, and up for $STEADY s"
    done
    ;;
esac
