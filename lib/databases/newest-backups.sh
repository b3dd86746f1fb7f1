# The newest backups of each database and volume, a line each: when it was finished (seconds since 1970), bytes, name of the file. Then what became of
# the newest copy, as copy.sh left it, and of a backup that failed. Changes nothing.
#
# BACKUPS folder on the host; EACH how many of each database at most, with what restores put aside; without it the newest that is a backup
# After of_backups
cd "$BACKUPS"
volumes=$(ls | sed -n 's/.*\.\([a-z0-9-]*\.volume\.tar\)$/\1/p' | sort -u)
for kind in postgres.dump redis.rdb neo4j.cypher $volumes; do
  ls -t | grep "\.$kind\$" | { if [ -n "$EACH" ]; then cat; else of_backups; fi } | head -n "${EACH:-1}" | while read -r file; do stat -c '%Y %s %n' -- "$file"; done
done
for outcome in copied copy-failed backup-failed; do [ ! -s ".$outcome" ] || echo "$outcome $(cat ".$outcome")"; done
