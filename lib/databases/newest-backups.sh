# The newest backups of each database, a line each: when it was finished (seconds since 1970), bytes, name of the file. Changes nothing.
#
# BACKUPS folder on the host; EACH how many of each database at most
cd "$BACKUPS"
for kind in postgres.dump redis.rdb neo4j.cypher; do
  ls -t | grep "\.$kind\$" | head -n "$EACH" | while read -r file; do stat -c '%Y %s %n' -- "$file"; done
done
