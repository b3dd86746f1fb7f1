# Brings a copy back to the host, reads all of it back there, and has it restored. Nothing is emptied before all of that has worked.
#
# WANTED copy: a backup's name, the id of a copy, or latest; HAS what this stack backs up, such as `postgres.dump uploads.volume.tar`
# PARTLY=1: only what both have; YES=1, otherwise it only says what it would do; ONLY_READ=1: the copy is looked at and read back, nothing more
# After databases.sh, data-changes.sh, read-back.sh and copies.sh; before restore.sh, with its variables but FILES

stop() {
  echo "restore: $1" >&2
  exit 1
}

size() {
  printf '%s\n' "$contents" | awk -v path="/backups/$1" '$NF == path { print $4 }'
}

neighbours
all_run $HAS || stop "nothing was touched. Fix: see above, then again"
umask 077
mkdir -p "$BACKUPS"
there=$(copies) || { explain; exit 1; }
copy=$(printf '%s\n' "$there" | awk -v wanted="$WANTED" '
  NF { split($3, tags, ","); if (wanted == "latest" || tags[1] == wanted || (length(wanted) > 7 && index($2, wanted) == 1)) found = $0 }
  END { print found }')
[ -n "$copy" ] || stop "$WANTED: is no copy at $COPY, got $(printf '%s\n' "$there" | grep -c .) others. Fix: name one of \`slipway backup list\`, or latest"
id=$(printf '%s\n' "$copy" | cut -d ' ' -f 2)
name=$(name_of "$copy")
made=$(printf '%s\n' "$copy" | cut -c -19)
age=$(($(date +%s) - $(date -u -d "$made" +%s)))
contents=$(restic 120 --no-lock ls --long "$id") || { explain; exit 1; }
parts=$(printf '%s\n' "$contents" | awk '/^-/ { print $NF }' | sed "s#^/backups/$name\.##")
chosen=
for part in $parts; do
  case " $HAS " in
    *" $part "*) chosen="$chosen $part" ;;
    *) [ -n "${PARTLY-}" ] || stop "$name: has $part, which this stack does not have, so nothing is touched. Fix: name it in slipway:databases or slipway:volumes, then pulumi up; or restore the rest, --partly" ;;
  esac
done
for part in $HAS; do
  case " $chosen " in
    *" $part "*) ;;
    *) [ -n "${PARTLY-}" ] || stop "$name: has no $part, which this stack has, so nothing is touched. Fix: name another copy (slipway backup list); or restore the rest, --partly" ;;
  esac
done
[ -n "$chosen" ] || stop "$name: has nothing that this stack has. Fix: name another copy (slipway backup list)"
bytes=0
for part in $chosen; do
  [ -n "${ONLY_READ-}" ] || echo "Copy $name, made $(printf '%s' "$made" | tr T ' ') UTC: $part, $(size "$name.$part") bytes, takes the place of what is here, which is kept"
  bytes=$((bytes + $(size "$name.$part")))
done
[ -n "${ONLY_READ-}" ] || echo "What was written in the $((age / 60)) min $((age % 60)) s since then is not in it"
free=$(df -P "$BACKUPS" | awk 'NR == 2 { print $4 }')
[ "$free" -gt $((bytes / 512)) ] || stop "$name: has $bytes bytes, which need as much again, got $free KB free in $BACKUPS. Fix: make room there (df -h), then again"
[ -n "${YES-}" ] || exit 0

began=$(date +%s)
if [ -n "${ONLY_READ-}" ]; then
  restic 3600 --no-lock check > /dev/null || { explain; exit 1; }
  echo "copy: $COPY is whole as restic keeps it"
fi
FILES=
brought=
trap 'rm -f "$restic_said" $brought' EXIT
for part in $chosen; do
  file="$BACKUPS/from-copy-$name.$part"
  brought="$brought $file.part"
  restic 7200 --no-lock dump "$id" "/backups/$name.$part" > "$file.part" || { explain; stop "$name: can't be brought back whole, so nothing is touched"; }
  [ "$(wc -c < "$file.part")" = "$(size "$name.$part")" ] || stop "$name: $part is not whole, got $(wc -c < "$file.part") bytes; allowed $(size "$name.$part"). Nothing is touched. Fix: name another copy (slipway backup list)"
  read_back "$file.part" "$name.$part" "$part" || stop "$name: can't be restored, so nothing is touched. Fix: name another copy (slipway backup list)"
done
if [ -n "${ONLY_READ-}" ]; then
  echo "copy: $name is good: $bytes bytes brought and read back in $(($(date +%s) - began)) s"
  exit 0
fi
for part in $chosen; do
  file="$BACKUPS/from-copy-$name.$part"
  mv "$file.part" "$file"
  FILES="$FILES$file
"
done
echo "restore: brought $bytes bytes from $COPY and read them back in $(($(date +%s) - began)) s"
