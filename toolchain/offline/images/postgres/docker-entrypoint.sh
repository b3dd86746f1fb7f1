#!/bin/sh
# Initialises the data folder at first start, then becomes the server; the part of the public image's entry point that
# Slipway uses: POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD_FILE (or POSTGRES_PASSWORD).
set -eu

fail() {
  echo "postgres: $1" >&2
  exit 1
}

case "${1:-postgres}" in
  -*) set -- postgres "$@" ;;
  postgres) [ $# -gt 0 ] || set -- postgres ;;
  *) exec "$@" ;;
esac

# In memory: a copy that the postgres user can read, whatever the owner of the original is.
readable_password=/dev/shm/postgres-password

# The marker stands from before the first file until everything is in place and on disk, so that an initialisation
# interrupted at any instant is done again.
marker=$PGDATA/.initialising
needs_initialising() {
  [ ! -s "$PGDATA/PG_VERSION" ] || [ -e "$marker" ]
}

if [ "$(id -u)" = 0 ]; then
  install -d -o postgres -g postgres -m 0700 "$PGDATA"
  if needs_initialising && [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
    [ -r "$POSTGRES_PASSWORD_FILE" ] || fail "POSTGRES_PASSWORD_FILE: cannot read $POSTGRES_PASSWORD_FILE"
    install -o postgres -g postgres -m 0400 "$POSTGRES_PASSWORD_FILE" "$readable_password"
    export POSTGRES_PASSWORD_FILE="$readable_password"
  fi
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

# initdb wants an empty folder: it works beside the marker, in `new`.
initialise() {
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  umask 077

  if [ -e "$marker" ]; then
    echo "postgres: the first initialisation was interrupted; starting it again"
    find "$PGDATA" -mindepth 1 ! -path "$marker" ! -name lost+found -delete
  elif [ -n "$(find "$PGDATA" -mindepth 1 ! -name lost+found -print -quit)" ]; then
    fail "$PGDATA holds files but no database (no PG_VERSION); refusing to touch them. Fix: mount an empty volume or restore a backup."
  fi

  if [ -z "${POSTGRES_PASSWORD_FILE:-}" ]; then
    [ -n "${POSTGRES_PASSWORD:-}" ] || fail "no password. Fix: set POSTGRES_PASSWORD_FILE."
    printf '%s\n' "$POSTGRES_PASSWORD" > "$readable_password"
    POSTGRES_PASSWORD_FILE=$readable_password
  fi
  [ -s "$POSTGRES_PASSWORD_FILE" ] || fail "POSTGRES_PASSWORD_FILE is empty"

  touch "$marker"
  initdb --pgdata="$PGDATA/new" --username="$user" --pwfile="$POSTGRES_PASSWORD_FILE" --encoding=UTF8 \
    --auth-local=trust --auth-host=scram-sha-256
  rm -f "$readable_password"
  echo "host all all all scram-sha-256" >> "$PGDATA/new/pg_hba.conf"
  if [ "$database" != postgres ]; then
    quoted=$(printf '%s' "$database" | sed 's/"/""/g')
    echo "CREATE DATABASE \"$quoted\"" | postgres --single -j -c exit_on_error=true -D "$PGDATA/new" postgres > /dev/null
  fi
  find "$PGDATA/new" -mindepth 1 -maxdepth 1 -exec mv -t "$PGDATA" {} +
  rmdir "$PGDATA/new"
  sync
  rm "$marker"
  sync
}

if needs_initialising; then initialise; fi
unset POSTGRES_PASSWORD POSTGRES_PASSWORD_FILE

exec "$@"
