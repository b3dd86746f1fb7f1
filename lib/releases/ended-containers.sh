# Tells which containers of a slot have ended that should not, with the exit code and the last lines of their log: a health check that gets no answer can't
# tell it from one that is slow. Succeeds once there was one to tell of.
#
# SERVICE, STACK and SLOT of the containers
ended=1
for name in $(docker ps --all --filter "label=slipway.service=$SERVICE" --filter "label=slipway.stack=$STACK" --filter "label=slipway.slot=$SLOT" --filter status=exited --filter status=restarting --format '{{.Names}} {{.Label "slipway.due"}}' | awk 'NF == 1 { print $1 }'); do
  # It stepped aside and its time is over; or it was the release's command.
  case $name in *-draining-* | *-0) continue ;; esac
  # One that was started again meanwhile has no exit code; it is met when it has ended the next time.
  code=$(docker inspect --type container --format '{{if .State.Running}}{{if not .State.Restarting}}running {{end}}{{end}}{{.State.ExitCode}}{{if .State.OOMKilled}}, because it took more than slipway:limits.memoryMb{{end}}' "$name" 2> /dev/null) || continue
  case $code in running*) continue ;; esac
  echo "$name: ends with exit code $code. Its last lines:"
  docker logs --tail 20 "$name" 2>&1 | cut -c 1-300 | sed 's/^/  /'
  ended=0
done
exit "$ended"
