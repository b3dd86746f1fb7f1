# The newest backup of each database, a line each: when it was finished (seconds since 1970), bytes, name of the file. Changes nothing.
#
# BACKUPS folder on the host
cd "$BACKUPS"
for kind in postgres.dump redis.rdb neo4j.cypher; do
  newest=$(ls -t | grep "\.$kind\$" | head -n 1)
  [ -z "$newest" ] || stat -c '%Y %s %n' -- "$newest"
done
