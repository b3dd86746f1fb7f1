# Runs a command of a person where the service runs: in one of its containers, or in a container like it that is gone afterwards.
#
# PREFIX of the containers' names; MODE: exec or run; SLOT: live, standby, blue or green; ROLE: web for what serves,
# or another one; REPLICA: its number; TERMINAL: -t, or empty; WORDS: the command as shell words; HAND: shell words that say who and what, for the record

slot=$(slot_meant "$SLOT" "$PREFIX-controller")
if [ -z "$slot" ]; then
  echo "$MODE: nothing is live, or the controller does not answer. Fix: slipway status says more; --slot blue or green goes without it" >&2
  exit 1
fi
case $ROLE in web) name=$PREFIX-$slot-$REPLICA ;; *) name=$PREFIX-$slot-$ROLE-$REPLICA ;; esac
case "$MODE $(docker inspect --type container --format '{{.State.Running}}' "$name" 2> /dev/null || true)" in
  *true) got= ;;
  "run false") got= ;;
  *false) got="that it does not run" ;;
  *) got="that it is not there" ;;
esac
if [ -n "$got" ]; then
  echo "$MODE: needs the service's container $name, got $got. Fix: slipway status says what each slot holds; --slot and --replica choose another" >&2
  exit 1
fi
eval "docker exec $PREFIX-controller slipway-router ran $HAND" > /dev/null 2>&1 ||
  echo "$MODE: goes on, but is in no record, as the controller does not answer" >&2

# What reads secrets into variables stands before the command here as well.
reader=$(docker inspect --format '{{with .Config.Entrypoint}}{{if eq (len .) 4}}{{if eq (index . 3) "slipway"}}{{index . 2}}{{end}}{{end}}{{end}}' "$name")
eval "set -- $WORDS"
if [ "$MODE" = exec ]; then
  [ -z "$reader" ] || set -- /bin/sh -euc "$reader" slipway "$@"
  code=0
  docker exec -i $TERMINAL "$name" "$@" || code=$?
  case $code in 126 | 127)
    echo "exec: got $code, so something that was to run is not in $name, or can't be started there. Fix: a command that its image has" >&2 ;;
  esac
  exit "$code"
fi

# Values in single quotes; one in a value is closed, escaped and opened again.
q() { printf "'{{join (split %s \"'\") \"'\\\\\\\\''\"}}'" "$1"; }
options="{{range .Config.Env}} --env $(q .){{end}} --user $(q .Config.User)
{{range .HostConfig.CapDrop}} --cap-drop $(q .){{end}}{{range .HostConfig.SecurityOpt}} --security-opt $(q .){{end}}
{{if .HostConfig.ReadonlyRootfs}} --read-only{{end}}{{range \$to, \$how := .HostConfig.Tmpfs}} --tmpfs $(q \$to):$(q \$how){{end}}
 --memory {{.HostConfig.Memory}} --memory-swap {{.HostConfig.MemorySwap}}{{with .HostConfig.PidsLimit}} --pids-limit {{.}}{{end}}
{{range \$name, \$value := .Config.Labels}}{{if or (eq \$name \"slipway.service\") (eq \$name \"slipway.stack\")}} --label $(q \$name)=$(q \$value){{end}}{{end}}"
like=$(docker inspect --format "$options" "$name" | tr '\n' ' ')
image=$(docker inspect --format '{{.Image}}' "$name")
if [ -n "$reader" ]; then
  start=$(docker image inspect --format "{{range .Config.Entrypoint}} $(q .){{end}}" "$image")
  eval "set -- $start \"\$@\""
  set -- --entrypoint /bin/sh "$image" -euc "$reader" slipway "$@"
else
  set -- "$image" "$@"
fi
own=$PREFIX-run-$(od -An -N4 -tx1 /dev/urandom | tr -d ' ')
eval "set -- $like --label slipway.command=run --network \"\$PREFIX\" --volumes-from \"\$name\" \"\$@\""
exec docker run --rm --init -i $TERMINAL --name "$own" --log-driver local "$@"
