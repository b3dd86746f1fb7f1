# Copies one backup to where it outlives its host, and looks whether all of it is there. Ends with 0 in any case, as the backup on the host is good
# without: what went wrong is said, and kept beside the backups for whoever looks later.
#
# NAME of the backup; COPY_KEEP that many copies stay; TAKE_OVER=1: this host's data take the place of another's
# WAIT longest wait for another copy of this stack, in seconds; 600 without it; STRICT=1: ends with 1 where no copy was made
# After copies.sh and tell.sh
#
# `.copied` beside the backups: when the last copy was made (seconds since 1970), and of which backup. `.copy-failed`: when the last one failed, and why.
# `.copy-id`: whose data this folder's backups are. A host that begins anew has none, and an empty database must not push a full one out.

failed() {
  echo "copy: $1" >&2
  return 1
}

copy_id() {
  [ -s "$BACKUPS/.copy-id" ] || od -An -N8 -tx1 /dev/urandom | tr -d ' \n' > "$BACKUPS/.copy-id"
  cat "$BACKUPS/.copy-id"
}

# What a run that was killed has locked, nobody else unlocks for 30 minutes. Others' locks stay.
unlock() {
  holders=$(for lock in $(restic 60 --no-lock list locks); do restic 60 --no-lock cat lock "$lock"; done | sed -n 's/.*"hostname": *"\([^"]*\)".*/\1/p' | sort -u) || holders=
  [ -n "$holders" ] || return 0
  [ "$holders" != "$machine" ] || set -- --remove-all
  restic 60 unlock "$@" > /dev/null || true
}

# Leaves the copies there in $there; where there never was any, this is the first.
opened() {
  there=$(copies) && return
  if ! is_empty; then
    explain
    return 1
  fi
  [ ! -e "$BACKUPS/.copied" ] ||
    failed "$COPY holds no copies any more, the last one was made $(date -u -d "@$(cut -d ' ' -f 1 "$BACKUPS/.copied")" '+%Y-%m-%d %H:%M UTC'). Fix: bring them back; or, where they are gone for good, rm $BACKUPS/.copied on the host, then slipway backup now" || return
  echo "copy: begins $COPY"
  restic 60 init > /dev/null || { explain; return 1; }
  there=
}

copy_backup() {
  set --
  bytes=0
  for file in "$BACKUPS/$NAME".*; do
    case $file in
      *.postgres.dump | *.redis.rdb | *.neo4j.cypher | *.volume.tar) ;;
      *) continue ;;
    esac
    set -- "$@" "/backups/${file##*/}"
    bytes=$((bytes + $(wc -c < "$file")))
  done
  [ $# -gt 0 ] || failed "of $NAME there is nothing in $BACKUPS. Fix: slipway backup now" || return
  opened || return
  newest=$(printf '%s\n' "$there" | tail -n 1)
  by=$(tag_of "$newest" by-)
  if [ -n "$by" ] && [ "$by" != "$(copy_id)" ]; then
    if [ -z "${TAKE_OVER-}" ]; then
      failed "not made: the newest one there, $(name_of "$newest") of $(when "$newest"), has other data than this host ever had, and those are not pushed out. Fix: slipway restore --from-copy latest --yes; or, where this host's data are the right ones, slipway backup now --take-over"
      return
    fi
    echo "copy: takes the place of other data, the last of them $(name_of "$newest") of $(when "$newest")"
  fi
  unlock
  began=$(date +%s)
  made=$(restic "${SECONDS_AT_MOST-3000}" backup --host "$OWNER" --tag "$NAME,by-$(copy_id),bytes-$bytes" --json "$@") || { explain; return 1; }
  id=$(printf '%s\n' "$made" | sed -n 's/.*"snapshot_id":"\([0-9a-f]*\)".*/\1/p')
  contents=$(restic 120 --no-lock ls --long "$id") || { explain; return 1; }
  has=$(printf '%s\n' "$contents" | awk '/^-/ { bytes += $4; files++ } END { print files + 0, bytes + 0 }')
  [ "$has" = "$# $bytes" ] || failed "$NAME is not whole at $COPY, got ${has% *} files of ${has#* } bytes; allowed $# of $bytes. Fix: slipway backup now" || return
  echo "copy: $NAME, $bytes bytes in $# files, is at $COPY as ${id%"${id#????????}"}, made in $(($(date +%s) - began)) s"
  if ! restic 900 forget --host "$OWNER" --group-by host --keep-last "$COPY_KEEP" --prune --quiet > /dev/null; then
    # Keys that may not delete are a protection.
    echo "copy: older ones than $COPY_KEEP stay at $COPY, got $(grep -m 1 . "$restic_said"). Fix: let these keys delete there, or let the store do it" >&2
  fi
}

when() {
  printf '%s\n' "$1" | cut -c -16 | sed 's/T/ /; s/$/ UTC/'
}

umask 077
mkdir -p "$BACKUPS"
if command -v flock > /dev/null; then
  exec 8> "$BACKUPS/.copying"
  flock -w "${WAIT-600}" 8 || echo "copy: another one of this stack is still being made" >&2
fi
heard=$(mktemp)
trap 'rm -f "$restic_said" "$heard"' EXIT
# A shell of its own: whatever goes wrong there ends only that.
if (copy_backup) 2> "$heard"; then
  cat "$heard" >&2
  echo "$(date +%s) $NAME" > "$BACKUPS/.copied"
  tell copy "$NAME" ""
else
  cat "$heard" >&2
  tell copy "$NAME" "$(tail -n 1 "$heard")"
  [ -z "${STRICT-}" ] || exit 1
fi
