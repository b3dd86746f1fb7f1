# How the databases are spoken to, and how the service's volumes are read and written.
#
# A mark of a database changes when the database does, and costs next to nothing to take. `*.mark` beside a backup holds the one from
# just before it: what came in between counts as a change, never the other way round.
#
# POSTGRES container, PGUSER, PGDATABASE; REDIS container; NEO4J container
# CONTROLLER container: what reads volumes has its image, which has a shell and tar

# Whether what holds these parts of a backup can be asked. Docker's own words about a container don't say whose it is.
all_run() { # <what the files' names end with> …
  stopped=
  for each in "$@"; do
    case "$each" in
      *postgres.dump) runs PostgreSQL "$POSTGRES" ;;
      *redis.rdb) runs Redis "$REDIS" ;;
      *neo4j.cypher) runs Neo4j "$NEO4J" ;;
    esac || stopped=1
  done
  [ -z "$stopped" ]
}

runs() {
  state=$(docker inspect --type container --format '{{.State.Status}}' "$2" 2> /dev/null) || state="not there"
  case "$state" in
    running) return ;;
    paused) fix="docker unpause $2; pulumi up does so too" ;;
    "not there") fix="pulumi up" ;;
    *) fix="docker start $2; pulumi up does so too. docker logs $2 says why it ended" ;;
  esac
  echo "$1 can't be asked: its container $2 is $state. Fix: $fix" >&2
  return 1
}

postgres() {
  docker exec -i "$POSTGRES" "$@"
}

# The password stays inside the container.
redis() {
  docker exec -i "$REDIS" sh -ec 'export REDISCLI_AUTH="$(cat /data/.slipway-password)"; '"$1"
}

redis_dump() {
  redis 'redis-cli --rdb /tmp/backup.rdb >&2; cat /tmp/backup.rdb; rm /tmp/backup.rdb'
}

# The password stays inside the container; `shell` is Neo4j's client, `of_scratch` the one of a server that `scratch` starts beside it.
neo4j() {
  docker exec -i "$NEO4J" sh -ec '
    export NEO4J_USERNAME=neo4j NEO4J_PASSWORD="$(cat /data/.slipway-password)"
    # A shell lives for seconds: most of them would go into compiling it well.
    shell() { JAVA_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC" cypher-shell --non-interactive --fail-fast --format plain "$@"; }
    of_scratch() { shell --address bolt://127.0.0.1:7688; }
    scratch() {
      folder=$(mktemp -d)
      mkdir "$folder/conf"
      printf "%s\n" server.bolt.listen_address=127.0.0.1:7688 server.http.enabled=false dbms.security.auth_enabled=false \
        dbms.usage_report.enabled=false server.memory.pagecache.size=64m db.tx_log.preallocate=false > "$folder/conf/neo4j.conf"
      java -XX:+UseSerialGC -Xmx512m -cp "$NEO4J_HOME/lib/*" org.neo4j.server.CommunityEntryPoint --home-dir="$folder" --config-dir="$folder/conf" > /dev/null 2>&1 &
      second=$!
      # Nothing of it is kept, and one that is asked to end first writes all it has.
      trap "kill -9 $second || :; wait $second || :; rm -rf $folder" EXIT
      timeout 180 bash -c "until (: < /dev/tcp/127.0.0.1/7688) 2> /dev/null; do kill -0 $second || exit 1; sleep 0.2; done"
    }
    counts="MATCH (n) WITH count(n) AS nodes, sum(size(keys(n))) AS ofNodes
      OPTIONAL MATCH ()-[r]->() WITH nodes, ofNodes, count(r) AS relationships, sum(size(keys(r))) AS ofRelationships
      RETURN nodes, relationships, ofNodes + ofRelationships;
      SHOW INDEXES YIELD type WHERE type <> \"LOOKUP\" RETURN count(*); SHOW CONSTRAINTS YIELD name RETURN count(*);"
    line() { sed -n "2p;4p;6p" | paste -sd, -; }
    # Of what the shell prints, the strings that are statements.
    statements() { sed -n "/^\"[A-Z]* .*;\"$/{s/^\"//;s/\"$//;s/\\\\\"/\"/g;p}"; }
    '"$1"
}

# Statements of Cypher by APOC, which keep every type. Indexes come from Neo4j itself, as APOC forgets their options. The first line is
# a comment: how many nodes, relationships, properties, indexes and constraints there are.
neo4j_dump() {
  neo4j '
    out=$(mktemp) file=/var/lib/neo4j/import/slipway.cypher
    trap "rm -f $out $file" EXIT
    shell > "$out" << CYPHER
CALL apoc.export.cypher.all("slipway.cypher", {format: "cypher-shell", useOptimizations: {type: "UNWIND_BATCH", unwindBatchSize: 100}})
  YIELD nodes, relationships, properties RETURN nodes, relationships, properties;
SHOW INDEXES YIELD type WHERE type <> "LOOKUP" RETURN count(*);
SHOW CONSTRAINTS YIELD name RETURN count(*);
SHOW CONSTRAINTS YIELD createStatement RETURN createStatement + ";" AS statement;
SHOW INDEXES YIELD type, owningConstraint, createStatement WHERE type <> "LOOKUP" AND owningConstraint IS NULL RETURN createStatement + ";" AS statement;
CYPHER
    echo "// $(line < "$out")"
    sed "1,/^:commit/{/^CREATE [A-Z]* INDEX /d}" "$file"
    statements < "$out" | sed "s/^\(CREATE CONSTRAINT .*\) FOR (/\1 IF NOT EXISTS FOR (/"
    echo "CALL db.awaitIndexes(300);"
  '
}

# The schema as pg_dump writes it, without what differs from run to run; the files of the tables, which are new ones after a truncate;
# and the rows written so far. PostgreSQL counts those per table, hears of an idle connection's up to 10 s late, and begins anew
# after a crash.
postgres_mark() {
  schema=$(postgres pg_dump --schema-only --lock-wait-timeout=5000 -U "$PGUSER" -d "$PGDATABASE") || return 1
  schema=$(printf '%s' "$schema" | grep -v -e '^--' -e '^\\' | sha256sum | cut -c -16)
  postgres psql -qAt -v ON_ERROR_STOP=1 -U "$PGUSER" -d "$PGDATABASE" -v schema="$schema" << 'SQL'
select 'schema=' || :'schema'
    || ' tables=' || (select md5(coalesce(string_agg(oid || ':' || relfilenode, ' ' order by oid), '')) from pg_class
                      where relkind = 'r' and oid >= 16384)
    || ' rows=' || (select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) from pg_stat_all_tables
                    where schemaname not in ('pg_catalog', 'information_schema', 'pg_toast') or relname = 'pg_largeobject')
    || ' counters=' || (select extract(epoch from stats_reset)::bigint from pg_stat_bgwriter)
    || '/' || coalesce((select extract(epoch from stats_reset)::bigint from pg_stat_database where datname = current_database()), 0)
SQL
}

# Redis appends each change to a file, which also outlives restarts.
redis_mark() {
  files=$(redis 'cd /data; find . -type f -path "*appendonly*" -exec stat -c "%n %s" {} + | sort') || return 1
  [ -n "$files" ] || return 1
  echo "data=$(printf '%s' "$files" | sha256sum | cut -c -16)"
}

# Neo4j appends each transaction to a file.
neo4j_mark() {
  files=$(docker exec "$NEO4J" sh -ec 'cd /data/transactions/neo4j; stat -c "%n %s %y" neostore.transaction.db.*') || return 1
  echo "data=$(printf '%s' "$files" | sha256sum | cut -c -16)"
}

volume_of() { # <name in the settings>
  echo "${CONTROLLER%-controller}-volume-$1"
}

# As root, but without a network: files are whoever's they are.
in_volume() { # <volume> <ro or rw> <shell text, which begins in the volume>
  begin=$(docker inspect --type container --format 'docker run --label slipway.service={{index .Config.Labels "slipway.service"}} --label slipway.stack={{index .Config.Labels "slipway.stack"}}' "$CONTROLLER") || return 1
  image=$(docker inspect --type container --format '{{.Image}}' "$CONTROLLER") || return 1
  $begin --rm -i --network none --user 0 --volume "$1:/volume:$2" --workdir /volume --entrypoint /bin/sh "$image" -ec "$3"
}

# A file that is written to meanwhile is in it as it was read, which tar says and ends with 1.
volume_dump() {
  in_volume "$1" ro 'tar -cf - --exclude=./.slipway-restoring . || [ $? = 1 ]'
}

volume_mark() {
  files=$(in_volume "$1" ro 'find . -exec stat -c "%n %s %Y" {} + | sort | sha256sum' < /dev/null) || return 1
  echo "data=$(printf '%s' "$files" | cut -c -16)"
}
