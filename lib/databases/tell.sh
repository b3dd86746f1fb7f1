# Tells what became of a backup or its copy: beside the backups, for whoever looks there, and to the controller, which has figures of it.
#
# BACKUPS folder on the host; CONTROLLER container, where there is one; it may be away or older: nothing waits for it

tell() { # <backup or copy> <name of the backup> <what went wrong; nothing if it is there>
  if [ -n "$3" ]; then
    echo "$(date +%s) $3" > "$BACKUPS/.$1-failed" || true
  else
    rm -f "$BACKUPS/.$1-failed"
  fi
  [ -n "${CONTROLLER-}" ] || return 0
  printf '%s' "$3" | timeout 20 docker exec -i "$CONTROLLER" slipway-router saved "$1" "$2" > /dev/null 2>&1 || true
}
