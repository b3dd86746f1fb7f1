# Looks whether the service's user can write into the volumes that it keeps. An empty one has by then what the image has in its folder, and
# that folder's owner: Docker gives it both whenever a container with it is made.
#
# VOLUMES: volume=folder, one a line; IMAGE of the service; OWNER: user and group by number; READER: an image with a shell; NAME of a container
# for a moment; ONE_OFF: words that begin one
docker rm --force "$NAME" > /dev/null 2>&1 || true
set --
for each in $VOLUMES; do set -- "$@" --volume "${each%%=*}:${each#*=}"; done
docker create --name "$NAME" --network none "$@" "$IMAGE" none > /dev/null
docker rm "$NAME" > /dev/null
failed=0
for each in $VOLUMES; do
  volume=${each%%=*}
  if ! $ONE_OFF --user "$OWNER" --volume "$volume:/volume" --entrypoint /bin/sh "$READER" -c 'test -r /volume && test -w /volume && test -x /volume'; then
    has=$($ONE_OFF --user 0 --volume "$volume:/volume:ro" --entrypoint /bin/sh "$READER" -c 'stat -c "%u:%g, mode %a" /volume; ls -A /volume | head -n 1')
    owner=$(printf '%s\n' "$has" | head -n 1)
    if [ "$(printf '%s\n' "$has" | wc -l)" = 1 ]; then
      fix="make the folder the user's in the Dockerfile, RUN mkdir -p ${each#*=} && chown $OWNER ${each#*=}; or name the user that the image means: slipway:container.user"
    else
      fix="docker run --rm --user 0 --volume $volume:/volume --entrypoint chown $READER -R $OWNER /volume on the host; or name the user whose files they are: slipway:container.user"
    fi
    echo "volume $volume: can't be written by the service at ${each#*=}, got a folder of $owner; allowed one of $OWNER. No container was touched. Fix: $fix" >&2
    failed=1
  fi
done
exit "$failed"
