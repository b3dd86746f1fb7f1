# Reads the backup NAME on the host back; without one the newest. Changes nothing.
#
# BACKUPS folder on the host; HAS what this stack backs up, such as `postgres.dump uploads.volume.tar`; CONTROLLER container
# After databases.sh, data-changes.sh, read-back.sh and of_backups

neighbours
all_run $HAS || exit 1
cd "$BACKUPS"
newest=$(ls -t | grep -e '\.postgres\.dump$' -e '\.redis\.rdb$' -e '\.neo4j\.cypher$' -e '\.volume\.tar$' | of_backups | head -n 1) || newest=
if [ -z "$NAME" ]; then
  for part in $HAS; do NAME=${NAME:-$(printf '%s\n' "$newest" | sed -n "s/\.$part\$//p")}; done
fi
if [ -z "$NAME" ]; then
  echo "backup: there is none in $BACKUPS. Fix: slipway backup now" >&2
  exit 1
fi
failed=0
for part in $HAS; do
  file=$NAME.$part
  if [ ! -s "$file" ]; then
    echo "backup: $file is not there. Fix: name another backup (slipway backup list), or slipway backup now" >&2
    failed=1
    continue
  fi
  if read_back "$file" "$file" "$part"; then
    echo "backup: $file, made $(date -u -r "$file" '+%Y-%m-%d %H:%M:%S UTC'), is good: read back"
  else
    failed=1
  fi
done
[ "$failed" = 0 ] || echo "backup: $NAME can't be relied on. Fix: slipway backup now" >&2
exit "$failed"
