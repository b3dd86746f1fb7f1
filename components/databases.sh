# How the databases are spoken to.
#
# A mark of a database changes when the database does, and costs next to nothing to take. `*.mark` beside a backup holds the one from
# just before it: what came in between counts as a change, never the other way round.
#
# POSTGRES container, PGUSER, PGDATABASE; REDIS container

postgres() {
  docker exec -i "$POSTGRES" "$@"
}

# The password stays inside the container.
redis() {
  docker exec -i "$REDIS" sh -ec 'export REDISCLI_AUTH="$(sed -n "s/^requirepass //p" /etc/redis/slipway.conf)"; '"$1"
}

redis_dump() {
  redis 'redis-cli --rdb /tmp/backup.rdb >&2; cat /tmp/backup.rdb; rm /tmp/backup.rdb'
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
