# Says, after a rollout went back, whether the databases and volumes have changed since the backup before the release that it left, and adds that to
# the rollout's record. Never fails: what can't be told is said.
#
# CONTROLLER container; the databases' are its neighbours
# After databases.sh

field() {
  printf '%s\n' "$2" | tr ' ' '\n' | sed -n "s/^$1=//p"
}

postgres_changes() {
  was=$(cat "$1.mark") && now=$(postgres_mark) || return 1
  said=
  if [ "$(field schema "$was")" != "$(field schema "$now")" ]; then said="the schema changed"; fi
  if [ "$(field counters "$was")" != "$(field counters "$now")" ]; then
    said="${said:+$said, }can't be told whether rows were written: PostgreSQL's counters began anew"
  elif [ "$(field rows "$was")" != "$(field rows "$now")" ]; then
    rows=$(($(field rows "$now") - $(field rows "$was")))
    # A dropped table takes its count with it.
    if [ "$rows" -gt 0 ]; then said="${said:+$said, }rows written: $rows"; else said="${said:+$said, }rows were written"; fi
  elif [ -z "$said" ] && [ "$(field tables "$was")" != "$(field tables "$now")" ]; then
    said="a table was truncated or rewritten"
  fi
  echo "${said:-neither the schema nor a row changed (counted up to 10 s late)}"
}

redis_changes() {
  was=$(cat "$1.mark") && now=$(redis_mark) || return 1
  if [ "$was" = "$now" ]; then echo "nothing was written or expired"; else echo "keys were written or expired"; fi
}

neo4j_changes() {
  was=$(cat "$1.mark") && now=$(neo4j_mark) || return 1
  if [ "$was" = "$now" ]; then echo "nothing was written"; else echo "it was written to"; fi
}

neighbours() {
  POSTGRES=${CONTROLLER%-controller}-postgres REDIS=${CONTROLLER%-controller}-redis NEO4J=${CONTROLLER%-controller}-neo4j
  PGUSER=$(postgres printenv POSTGRES_USER 2> /dev/null < /dev/null) || PGUSER=
  PGDATABASE=$(postgres printenv POSTGRES_DB 2> /dev/null < /dev/null) || PGDATABASE=
}

# Of a backup, by its file.
volume_in() {
  volume=${1%.volume.tar}
  volume_of "${volume##*.}"
}

volume_changes() {
  was=$(cat "$1.mark") && now=$(volume_mark "$(volume_in "$1")") || return 1
  if [ "$was" = "$now" ]; then echo "no file changed"; else echo "files were added, changed or removed"; fi
}

at_home() {
  sed "s#^~/#$HOME/#"
}

changes_since() {
  neighbours
  while read -r file; do
    case "$file" in
      *.postgres.dump) kind=PostgreSQL found=$(postgres_changes "$file" 2>&1 < /dev/null) ;;
      *.redis.rdb) kind=Redis found=$(redis_changes "$file" 2>&1 < /dev/null) ;;
      *.neo4j.cypher) kind=Neo4j found=$(neo4j_changes "$file" 2>&1 < /dev/null) ;;
      *.volume.tar) kind="Volume $(volume_in "$file")" found=$(volume_changes "$file" 2>&1 < /dev/null) ;;
      *) continue ;;
    esac || found="can't be told whether it changed, got $found"
    echo "$kind since the backup: $(printf '%s' "$found" | tail -n 1)"
  done
}

say_changes() {
  left=$(docker exec "$CONTROLLER" slipway-router left-behind) || return 0
  [ -n "$left" ] || return 0
  changes=$(printf '%s\n' "$left" | cut -d ' ' -f 3- | at_home | changes_since)
  printf '%s\n' "$changes"
  printf '%s\n' "$changes" | docker exec -i "$CONTROLLER" slipway-router note "${left%% *}" || return 0
}
