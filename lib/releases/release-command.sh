# Runs the release's command to its end, in a container of the new image. One that a killed update left is joined while it runs, and not
# run again where it ended well: whoever asks a second time has the same release and the same attempt. One of another release is never cut
# in its middle: it may be changing data.
#
# NAME of the container; RELEASE and ROLLOUT that it is for; LIMIT in seconds; CREATE: shell words that make it, with IMAGE, NETWORK and
# SECRETS

refuse() {
  echo "release command: $1" >&2
  exit 1
}
# What waits is in the group that is ended with this script (--foreground), so that whoever interrupts an update does not wait on.
trap 'refuse "this update was interrupted; the command itself goes on on the host, as docker logs -f $NAME shows. Fix: pulumi up again waits for its end"' TERM

state=$(docker inspect --type container --format '{{index .Config.Labels "slipway.release"}} {{index .Config.Labels "slipway.rollout"}} {{.State.Status}} {{.State.ExitCode}}' "$NAME" 2> /dev/null) || state=
case $state in
  "$RELEASE $ROLLOUT "*) ;;
  *" running 0")
    echo "release command: that of ${state%% *} still runs, an update that is gone began it: waiting for its end (at most $LIMIT s)"
    timeout --foreground "$LIMIT" docker wait "$NAME" > /dev/null ||
      refuse "that of ${state%% *} still runs after $LIMIT s, got no end; allowed one, however it ends. Nothing is started and no traffic moves. Fix: wait for it (docker logs -f $NAME), then pulumi up again; docker stop $NAME cuts it in its middle"
    ;;
esac
case $state in
  "$RELEASE $ROLLOUT running 0") echo "release command: an update that is gone began it, waiting for its end (at most $LIMIT s)" ;;
  "$RELEASE $ROLLOUT exited 0")
    echo "release command: an update that is gone ran it, and it ended well"
    exit 0
    ;;
  *)
    [ -z "$state" ] || docker rm --force --volumes "$NAME" > /dev/null
    eval "$CREATE" > /dev/null
    docker start "$NAME" > /dev/null
    echo "release command: running (at most $LIMIT s)"
    ;;
esac
docker logs --follow "$NAME" 2>&1 < /dev/null | sed -u 's/^/  /' &
logs=$!
if ! code=$(timeout --foreground "$LIMIT" docker wait "$NAME"); then
  docker stop -t 10 "$NAME" > /dev/null 2>&1 || true
  code=none
fi
wait "$logs" || true
ended="exit code $code"
[ "$code" != none ] || ended="no end within $LIMIT s (slipway:release.timeoutSeconds)"
if [ "$code" != 0 ]; then
  refuse "did not end well, got $ended; allowed exit code 0. Nothing is started and no traffic moves. Fix: correct it or the release, then pulumi up again"
fi
echo "release command: done"
