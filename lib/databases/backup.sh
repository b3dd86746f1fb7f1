# Dumps each database, restores the dump beside the original, and only then gives the file its name: a file with its final name is a good
# one. Databases go in parallel. Any failure of any part fails the whole.
#
# BACKUPS folder on the host, NAME of this backup, KEEP that many of each kind
# POSTGRES container, PGUSER, PGDATABASE: when there is one
# REDIS container: when there is one
# NEO4J container: when there is one
# After databases.sh

if [ -z "${POSTGRES-}${REDIS-}${NEO4J-}" ]; then
  echo "backup: this stack has no databases"
  exit 0
fi
umask 077
mkdir -p "$BACKUPS"

# Half-made files go however a part ends. What a dump says is kept for the moment it fails.
dump() {
  file="$BACKUPS/$NAME.$1"
  trap 'rm -f "$file.part" "$file.log"; [ -e "$file" ] || rm -f "$file.mark"' EXIT
  what=$1
  shift
  if ! "$@" > "$file.part" 2> "$file.log" || [ ! -s "$file.part" ]; then
    echo "backup: $what failed, got:" >&2
    tail -n 5 "$file.log" >&2
    return 1
  fi
}

keep() {
  # Without a mark a backup is as good; a rollback then can't tell what has changed since.
  if [ -n "$mark" ]; then echo "$mark" > "$file.mark"; fi
  mv "$file.part" "$file"
  sync "$file"
  ls -t "$BACKUPS"/*."$1" | tail -n "+$((KEEP + 1))" | while read -r old; do rm -f "$old" "$old.mark"; done
  echo "backup: $file, $(wc -c < "$file") bytes, restored and compared"
}

tables_of() {
  postgres psql -qAt -v ON_ERROR_STOP=1 -U "$PGUSER" -d "$1" -c \
    "select count(*) from information_schema.tables where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')"
}

back_up_postgres() {
  echo "backup: waiting for PostgreSQL (at most 60 s)"
  timeout 60 docker exec "$POSTGRES" sh -c 'until pg_isready -q -h 127.0.0.1 -U "$0" -d "$1"; do sleep 0.2; done' "$PGUSER" "$PGDATABASE"
  mark=$(postgres_mark) || mark=
  dump postgres.dump postgres pg_dump --format=custom --username="$PGUSER" --dbname="$PGDATABASE"
  scratch="slipway_scratch_$$"
  postgres dropdb --if-exists -U "$PGUSER" "$scratch" 2> /dev/null
  postgres createdb -U "$PGUSER" --template=template0 "$scratch"
  # Against the dump's own list: the original may already be moving on.
  listed=$(postgres pg_restore --list < "$file.part" | awk '$4 == "TABLE" && $5 != "DATA" && $5 != "ATTACH"' | wc -l)
  restored=none
  if postgres pg_restore --exit-on-error --no-owner -U "$PGUSER" -d "$scratch" < "$file.part"; then
    restored=$(tables_of "$scratch") || restored=none
  fi
  postgres dropdb -U "$PGUSER" "$scratch"
  if [ "$restored" != "$((listed))" ]; then
    echo "backup: $file can't be restored, got $restored of $((listed)) tables" >&2
    return 1
  fi
  keep postgres.dump
}

back_up_redis() {
  echo "backup: waiting for Redis (at most 60 s)"
  timeout 60 docker exec "$REDIS" sh -c 'export REDISCLI_AUTH="$(sed -n "s/^requirepass //p" /etc/redis/slipway.conf)"; until redis-cli ping | grep -q PONG; do sleep 0.2; done'
  mark=$(redis_mark) || mark=
  dump redis.rdb redis_dump
  # A second server loads the dump, beside the one that serves.
  if ! docker exec -i "$REDIS" sh -ec '
    folder=$(mktemp -d); trap "rm -rf $folder" EXIT
    cat > $folder/dump.rdb
    redis-server --dir $folder --port 0 --unixsocket $folder/socket --appendonly no --save "" > $folder/log &
    timeout 60 sh -c "until redis-cli -s $folder/socket ping 2> /dev/null | grep -q PONG; do kill -0 $! || exit 1; sleep 0.1; done"
    redis-cli -s $folder/socket dbsize > /dev/null
    kill $!' < "$file.part"; then
    echo "backup: $file can't be restored" >&2
    return 1
  fi
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
  wanted=$(sed -n '1s#^// ##p' "$file.part")
  restored=$(neo4j 'scratch; { cat; echo "$counts"; } | of_scratch | line' < "$file.part") || restored=none
  if [ -z "$wanted" ] || [ "$restored" != "$wanted" ]; then
    echo "backup: $file can't be restored, got $restored of $wanted nodes, relationships, properties, indexes and constraints" >&2
    return 1
  fi
  keep neo4j.cypher
}

pids=
if [ -n "${POSTGRES-}" ]; then (set -e; back_up_postgres) & pids="$pids $!"; fi
if [ -n "${REDIS-}" ]; then (set -e; back_up_redis) & pids="$pids $!"; fi
if [ -n "${NEO4J-}" ]; then (set -e; back_up_neo4j) & pids="$pids $!"; fi
failed=0
for pid in $pids; do wait "$pid" || failed=1; done
if [ "$failed" = 1 ]; then
  echo "backup: a database could not be backed up, so nothing is released and no traffic moves. Fix: see above, then pulumi up again" >&2
  exit 1
fi
