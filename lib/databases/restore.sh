# Puts a backup back. What it replaces is kept: PostgreSQL's as a database beside it, Redis's, Neo4j's and a volume's as
# another file among the backups.
#
# FILES of the backup, one a line; YES=1, otherwise it only says what it would do; FLAGS that the next command needs, each behind a space
# CONTROLLER container; the databases' are its neighbours
# After databases.sh and data-changes.sh

refuse() {
  echo "restore: $1" >&2
  exit 1
}

on_template() {
  postgres psql -qAt -v ON_ERROR_STOP=1 -U "$PGUSER" -d template1 -v live="$PGDATABASE" -v beside=slipway_restoring -v aside="$aside" > /dev/null
}

# Renaming is one transaction: whoever is killed here leaves the old database in place. A service may come back between its
# connections' end and the renaming, so that is tried again.
swap() {
  on_template << 'SQL'
begin;
select pg_terminate_backend(pid) from pg_stat_activity where datname in (:'live', :'beside');
alter database :"live" rename to :"aside";
alter database :"beside" rename to :"live";
commit;
SQL
}

restore_postgres() {
  aside=slipway_replaced_$now
  postgres dropdb --if-exists --maintenance-db=template1 -U "$PGUSER" slipway_restoring > /dev/null 2>&1 || true
  postgres createdb --maintenance-db=template1 -U "$PGUSER" --template=template0 slipway_restoring
  if ! postgres pg_restore --exit-on-error --single-transaction -U "$PGUSER" -d slipway_restoring < "$1" ||
    ! { swap || swap || swap; }; then
    postgres dropdb --if-exists --maintenance-db=template1 -U "$PGUSER" slipway_restoring
    refuse "$1 can't be restored; PostgreSQL is as it was. Fix: see above"
  fi
  echo "restore: PostgreSQL is as in $1"
  echo "restore: what it held is the database $aside. To have it back: docs/runbook.md. To drop it: docker exec $POSTGRES dropdb -U $PGUSER $aside"
}

way_back() {
  echo "restore: what it held is in $aside. To have it back: slipway restore $aside${FLAGS-}"
}

# A second server loads the file, and the one that serves copies it as a replica would: all at once, without a restart, and with its
# append-only file written anew by itself.
restore_redis() {
  aside="${1%/*}/$now-replaced.redis.rdb"
  redis_dump > "$aside" 2> /dev/null < /dev/null || refuse "Redis can't be backed up, so it stays as it is. Fix: docker logs $REDIS"
  if ! redis '
    folder=$(mktemp -d)
    cat > $folder/dump.rdb
    redis-server --dir $folder --port 6380 --bind 127.0.0.1 --appendonly no --save "" --repl-diskless-sync-delay 0 > $folder/log &
    second=$!
    trap "redis-cli replicaof no one > /dev/null; kill $second; rm -rf $folder" EXIT
    of_second() { env -u REDISCLI_AUTH redis-cli -p 6380 "$@"; }
    await() { timeout 300 sh -c "until redis-cli info $1 | grep -q $2; do kill -0 $second || exit 1; sleep 0.1; done"; }
    timeout 300 sh -c "until env -u REDISCLI_AUTH redis-cli -p 6380 ping 2> /dev/null | grep -q PONG; do kill -0 $second || exit 1; sleep 0.1; done"
    redis-cli replicaof 127.0.0.1 6380 > /dev/null
    await replication master_link_status:up
    redis-cli replicaof no one > /dev/null
    await persistence aof_rewrite_in_progress:0
    redis-cli info persistence | grep -q aof_last_bgrewrite_status:ok' < "$1"; then
    refuse "$1 can't be restored. Fix: see above; what Redis held is in $aside"
  fi
  echo "restore: Redis is as in $1"
  way_back
}

# Tried in a second server first. Community has one database and no way to swap it, so its content goes and the file's comes in.
restore_neo4j() {
  aside="${1%/*}/$now-replaced.neo4j.cypher"
  wanted=$(sed -n '1s#^// ##p' "$1")
  [ -n "$wanted" ] && [ "$(neo4j 'scratch; { cat; echo "$counts"; } | of_scratch | line' < "$1")" = "$wanted" ] ||
    refuse "$1 can't be restored; Neo4j is as it was. Fix: see above"
  neo4j_dump > "$aside" < /dev/null || refuse "Neo4j can't be backed up, so it stays as it is. Fix: docker logs $NEO4J"
  restored=$(neo4j '
    drops=$(shell << CYPHER | statements
SHOW CONSTRAINTS YIELD name RETURN "DROP CONSTRAINT \`" + name + "\`;" AS statement;
SHOW INDEXES YIELD name, type, owningConstraint WHERE type <> "LOOKUP" AND owningConstraint IS NULL RETURN "DROP INDEX \`" + name + "\`;" AS statement;
CYPHER
    )
    {
      echo "$drops"
      echo "MATCH (n) CALL { WITH n DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS;"
      cat
      echo "$counts"
    } | shell | line' < "$1") || restored=none
  [ "$restored" = "$wanted" ] || refuse "$1 is only half restored. Fix: see above, then again; what Neo4j held is in $aside"
  echo "restore: Neo4j is as in $1"
  way_back
}

# Unpacked beside what is there, on the same disk; only then what is there goes, and what came takes its place.
restore_volume() {
  volume=$(volume_in "$1")
  aside="${1%/*}/$now-replaced.${volume#"$(volume_of "")"}.volume.tar"
  volume_dump "$volume" > "$aside" < /dev/null || refuse "volume $volume can't be saved, so it stays as it is. Fix: see above"
  in_volume "$volume" rw '
    new=/volume/.slipway-restoring
    rm -rf "$new"
    mkdir "$new"
    if ! tar -xpf - -C "$new"; then
      rm -rf "$new"
      exit 1
    fi
    find /volume -mindepth 1 -maxdepth 1 ! -name .slipway-restoring -exec rm -rf {} +
    find "$new" -mindepth 1 -maxdepth 1 -exec mv {} /volume/ \;
    chown "$(stat -c %u:%g "$new")" /volume
    chmod "$(stat -c %a "$new")" /volume
    rmdir "$new"' < "$1" || refuse "$1 can't be restored. Fix: see above; what volume $volume held is in $aside"
  echo "restore: volume $volume is as in $1"
  way_back
}

files=$(printf '%s\n' "$FILES" | at_home)
neighbours
now=$(date -u +%Y%m%d%H%M%S)
umask 077

# All of it is there, or nothing is touched.
for file in $files; do
  [ -s "$file" ] || refuse "$file: is not there (any more). Fix: name another backup; \`slipway restore\` lists them"
done
all_run $files || refuse "nothing was touched. Fix: see above, then again"
for file in $files; do
  made=$(date -u -r "$file" '+%Y-%m-%d %H:%M:%S UTC')
  case "$file" in
    *.postgres.dump)
      echo "PostgreSQL: $file, made $made, takes the place of database $PGDATABASE; that is kept beside it, and its connections are cut"
      ;;
    *.redis.rdb) echo "Redis: $file, made $made, takes the place of all keys; those are saved beside it first" ;;
    *.neo4j.cypher) echo "Neo4j: $file, made $made, takes the place of all nodes, indexes and constraints; those are saved beside it first" ;;
    *.volume.tar)
      volume=$(volume_in "$file")
      docker volume inspect "$volume" > /dev/null 2>&1 || refuse "$file: is of volume $volume, which is not there. Fix: name it in slipway:volumes, then pulumi up"
      in_volume "$volume" ro 'tar -tf - > /dev/null' < "$file" || refuse "$file can't be read; volume $volume is as it was. Fix: see above"
      echo "Volume $volume: $file, made $made, takes the place of all its files; those are saved beside it first"
      ;;
    *) refuse "$file: is no backup; allowed *.postgres.dump, *.redis.rdb, *.neo4j.cypher and *.volume.tar. Fix: name one" ;;
  esac
done
printf '%s\n' "$files" | changes_since
[ -n "${YES-}" ] || exit 0
for file in $files; do
  case "$file" in
    *.postgres.dump) restore_postgres "$file" ;;
    *.redis.rdb) restore_redis "$file" ;;
    *.neo4j.cypher) restore_neo4j "$file" ;;
    *.volume.tar) restore_volume "$file" ;;
  esac
done
