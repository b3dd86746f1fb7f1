# Before a database goes with its data: slipway:deleteData asked for it. Without a backup nothing is deleted.
#
# SCRIPT makes the backup; CONTAINER of the database
case $(docker inspect --type container --format '{{.State.Status}}' "$CONTAINER" 2> /dev/null) in
  running) ;;
  "")
    echo "backup: $CONTAINER is gone, so no last backup of its data is made"
    exit 0
    ;;
  *)
    echo "$CONTAINER: does not run, so no last backup can be made and its data stay; allowed a database that runs. Fix: docker start $CONTAINER, then the same command again; or, to go without a backup, docker rm $CONTAINER first" >&2
    exit 1
    ;;
esac
NAME=last-$(date -u +%Y%m%dT%H%M%SZ)
eval "$SCRIPT"
