# Dumps each database, restores the dump beside the original, and only then gives the file its name: a file with its final name is a good
# one. The files of a volume are read back. All go in parallel. Any failure of any part fails the whole.
#
# BACKUPS folder on the host, NAME of this backup, KEEP that many of each kind
# POSTGRES container, PGUSER, PGDATABASE: when there is one; without the last two, what its container began with
# REDIS container: when there is one
# NEO4J container: when there is one
# VOLUMES: names in the settings; CONTROLLER container, whose neighbours they are
# AGAIN what is run again after a failure; pulumi up without it
# WAIT longest wait for another backup of this stack, in seconds; 600 without it
# After databases.sh, read-back.sh and tell.sh

if [ -z "${POSTGRES-}${REDIS-}${NEO4J-}${VOLUMES-}" ]; then
  echo "backup: this stack has no databases"
  exit 0
fi
if [ -n "${AGAIN-}" ]; then so="so there is no new backup"; else so="so nothing is released and no traffic moves"; fi
if ! all_run ${POSTGRES:+postgres.dump} ${REDIS:+redis.rdb} ${NEO4J:+neo4j.cypher}; then
  tell backup "$NAME" "not everything could be backed up"
  echo "backup: not everything could be backed up, $so. Fix: see above, then ${AGAIN-pulumi up} again" >&2
  exit 1
fi
umask 077
if ! mkdir -p "$BACKUPS"; then
  echo "backup: the folder $BACKUPS can't be made, $so. Fix: see above, then ${AGAIN-pulumi up} again" >&2
  exit 1
fi
exec 3>&1

# One backup of a stack at a time, as long as any process of it lives. What lies here half-made is then a dead one's.
if command -v flock > /dev/null; then
  exec 9< "$BACKUPS"
  if ! flock -n 9; then
    echo "backup: another one of this stack is running, waiting for it (at most ${WAIT-600} s)"
    if ! flock -w "${WAIT-600}" 9; then
      echo "backup: another one of this stack is still running, $so. Fix: wait for it, then ${AGAIN-pulumi up} again" >&2
      exit 1
    fi
  fi
  for half in "$BACKUPS"/*.part "$BACKUPS"/*.log "$BACKUPS"/*.said; do
    [ ! -e "$half" ] || { rm -f "$half" && echo "backup: removed $half, which a backup that was killed left behind"; }
  done
  for half in "$BACKUPS"/*.mark; do [ -e "${half%.mark}" ] || rm -f "$half"; done
fi

# Half-made files go however a part ends. What a dump says is kept for the moment it fails.
dump() {
  file="$BACKUPS/$NAME.$1"
  trap 'rm -f "$file.part" "$file.log" "$file.said"; [ -e "$file" ] || rm -f "$file.mark"' EXIT
  what=$1
  shift
  if ! "$@" > "$file.part" 2> "$file.log" || [ ! -s "$file.part" ]; then
    echo "backup: $what failed, got:" >&2
    tail -n 5 "$file.log" >&2
    # What went wrong was to be written to the same disk.
    left=$(df -P "$BACKUPS" | awk 'NR == 2 { print $4 }')
    [ "${left:-1024}" -ge 1024 ] || echo "no space left on device: $left KB are free in $BACKUPS. Fix: make room there (df -h), then ${AGAIN-pulumi up} again" >&2
    return 1
  fi
}

# Those by the clock push out none that was made before a release or by hand, nor the other way round.
of_its_sort() {
  case $NAME in
    by-clock-*) grep '/by-clock-[^/]*$' ;;
    *) grep -v '/by-clock-[^/]*$' ;;
  esac
}

keep() {
  # Without a mark a backup is as good; a rollback then can't tell what has changed since.
  if [ -n "$mark" ]; then echo "$mark" > "$file.mark"; fi
  mv "$file.part" "$file"
  sync "$file"
  ls -t "$BACKUPS"/*."$1" | of_its_sort | tail -n "+$((KEEP + 1))" | while read -r old; do rm -f "$old" "$old.mark"; done
  echo "backup: $file, $(wc -c < "$file") bytes, ${2-restored and compared}"
}

# Who changes a table just now, without their statement: it may hold anything.
lock_holders() {
  postgres psql -qAt -U "$PGUSER" -d "$PGDATABASE" < /dev/null -c \
    "select distinct format('process %s (%s) since %s', pid, coalesce(nullif(application_name, ''), 'no name'), xact_start::timestamptz(0))
     from pg_locks join pg_stat_activity using (pid)
     where mode = 'AccessExclusiveLock' and granted and relation >= 16384 and database = (select oid from pg_database where datname = current_database())" |
    paste -sd ';' -
}

# The dump takes all its locks before it writes a byte, so it can be asked for again: 12 times for 5 s each.
dump_postgres() {
  try=1
  until postgres pg_dump --format=custom --lock-wait-timeout=5000 --username="$PGUSER" --dbname="$PGDATABASE" 2> "$file.said"; do
    cat "$file.said" >&2
    grep -q 'LOCK TABLE' "$file.said" || return 1
    echo "backup: PostgreSQL has a table locked, $(lock_holders) holds it; waiting (at most 60 s, $((try * 5)) s gone)" >&3
    [ "$try" -lt 12 ] || return 1
    try=$((try + 1))
  done
}

back_up_postgres() {
  PGUSER=${PGUSER-$(postgres printenv POSTGRES_USER < /dev/null)}
  PGDATABASE=${PGDATABASE-$(postgres printenv POSTGRES_DB < /dev/null)}
  echo "backup: waiting for PostgreSQL (at most 60 s)"
  timeout 60 docker exec "$POSTGRES" sh -c 'until pg_isready -q -h 127.0.0.1 -U "$0" -d "$1"; do sleep 0.2; done' "$PGUSER" "$PGDATABASE"
  mark=$(postgres_mark) || mark=
  began=$(date +%s)
  dump postgres.dump dump_postgres
  echo "backup: PostgreSQL dumped in $(($(date +%s) - began)) s"
  read_back_postgres "$file.part" "$file"
  keep postgres.dump
}

back_up_redis() {
  echo "backup: waiting for Redis (at most 60 s)"
  timeout 60 docker exec "$REDIS" sh -c 'export REDISCLI_AUTH="$(cat /data/.slipway-password)"; until redis-cli ping | grep -q PONG; do sleep 0.2; done'
  mark=$(redis_mark) || mark=
  dump redis.rdb redis_dump
  read_back_redis "$file.part" "$file"
  keep redis.rdb
}

# Neo4j can't show one instant of itself, so an export during which something was written is taken again. One that was written to each
# time is as good as its restore: a relationship without its nodes shows in the counts.
back_up_neo4j() {
  echo "backup: waiting for Neo4j (at most 180 s)"
  timeout 180 docker exec "$NEO4J" bash -c 'until (: < /dev/tcp/127.0.0.1/7687) 2> /dev/null; do sleep 0.2; done'
  for try in 1 2 3; do
    mark=$(neo4j_mark) || mark=
    dump neo4j.cypher neo4j_dump
    if [ "$mark" = "$(neo4j_mark)" ]; then break; fi
    if [ "$try" = 3 ]; then echo "backup: Neo4j was written to during each of 3 exports, so this one is not of one instant"; fi
  done
  read_back_neo4j "$file.part" "$file"
  keep neo4j.cypher
}

back_up_volume() {
  volume=$(volume_of "$1")
  mark=$(volume_mark "$volume") || mark=
  began=$(date +%s)
  dump "$1.volume.tar" volume_dump "$volume" < /dev/null
  echo "backup: volume $volume read in $(($(date +%s) - began)) s"
  [ ! -s "$file.log" ] || echo "backup: of volume $volume, $(grep -c . "$file.log") files changed while they were read"
  read_back_volume "$file.part" "$file" "$volume"
  keep "$1.volume.tar" "read back: $entries files and folders"
}

pids=
if [ -n "${POSTGRES-}" ]; then (set -e; back_up_postgres) & pids="$pids $!"; fi
if [ -n "${REDIS-}" ]; then (set -e; back_up_redis) & pids="$pids $!"; fi
if [ -n "${NEO4J-}" ]; then (set -e; back_up_neo4j) & pids="$pids $!"; fi
for each in ${VOLUMES-}; do (set -e; back_up_volume "$each") & pids="$pids $!"; done
failed=0
for pid in $pids; do wait "$pid" || failed=1; done
if [ "$failed" = 1 ]; then
  tell backup "$NAME" "not everything could be backed up"
  echo "backup: not everything could be backed up, $so. Fix: see above, then ${AGAIN-pulumi up} again" >&2
  exit 1
fi
tell backup "$NAME" ""
