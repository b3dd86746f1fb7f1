# Reads a backup back: loads it beside the original, and compares. Says what is wrong with it and ends with 1.
#
# After databases.sh, with its variables

# Without what an extension brings (PostGIS has tables): a dump holds the extension instead.
tables_of() {
  postgres psql -qAt -v ON_ERROR_STOP=1 -U "$PGUSER" -d "$1" -c \
    "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace
     where relkind in ('r', 'p') and relpersistence <> 't' and nspname not in ('pg_catalog', 'information_schema') and not exists
       (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e')"
}

read_back_postgres() { # <file> <its name>
  scratch=slipway_scratch
  # Also a dead backup's, by whatever number it went.
  postgres psql -qAt -U "$PGUSER" -d "$PGDATABASE" < /dev/null -c "select datname from pg_database where datname ~ '^slipway_scratch(_[0-9]+)?\$'" |
    while read -r left; do
      postgres dropdb --force -U "$PGUSER" "$left" < /dev/null
      echo "backup: dropped database $left, which a backup that was killed left behind"
    done
  postgres createdb -U "$PGUSER" --template=template0 "$scratch" || return 1
  # Against the dump's own list: the original may already be moving on.
  listed=$(postgres pg_restore --list < "$1" | awk '$2 == 1259 && $4 == "TABLE"' | wc -l)
  restored=none
  if postgres pg_restore --exit-on-error --no-owner -U "$PGUSER" -d "$scratch" < "$1"; then
    restored=$(tables_of "$scratch") || restored=none
  fi
  postgres dropdb -U "$PGUSER" "$scratch"
  if [ "$restored" != "$((listed))" ]; then
    echo "backup: $2 can't be restored, got $restored of $((listed)) tables" >&2
    return 1
  fi
}

# A second server loads the dump, beside the one that serves.
read_back_redis() { # <file> <its name>
  if ! docker exec -i "$REDIS" sh -ec '
    folder=$(mktemp -d); trap "rm -rf $folder" EXIT
    cat > $folder/dump.rdb
    redis-server --dir $folder --port 0 --unixsocket $folder/socket --appendonly no --save "" > $folder/log &
    timeout 60 sh -c "until redis-cli -s $folder/socket ping 2> /dev/null | grep -q PONG; do kill -0 $! || exit 1; sleep 0.1; done"
    redis-cli -s $folder/socket dbsize > /dev/null
    kill $!' < "$1"; then
    echo "backup: $2 can't be restored" >&2
    return 1
  fi
}

read_back_neo4j() { # <file> <its name>
  wanted=$(sed -n '1s#^// ##p' "$1")
  restored=$(neo4j 'scratch; { cat; echo "$counts"; } | of_scratch | line' < "$1") || restored=none
  if [ -z "$wanted" ] || [ "$restored" != "$wanted" ]; then
    echo "backup: $2 can't be restored, got $restored of $wanted nodes, relationships, properties, indexes and constraints" >&2
    return 1
  fi
}

# Leaves how many files and folders there are in $entries.
read_back_volume() { # <file> <its name> <volume>
  if ! entries=$(in_volume "$3" ro 'tar -tf - > /tmp/list && wc -l < /tmp/list' < "$1") || [ "$entries" = 0 ]; then
    echo "backup: $2 can't be read back" >&2
    return 1
  fi
}

read_back() { # <file> <its name> <postgres.dump, redis.rdb, neo4j.cypher or …volume.tar>
  case $3 in
    postgres.dump) read_back_postgres "$1" "$2" ;;
    redis.rdb) read_back_redis "$1" "$2" ;;
    neo4j.cypher) read_back_neo4j "$1" "$2" ;;
    *) read_back_volume "$1" "$2" "$(volume_of "${3%.volume.tar}")" ;;
  esac
}
