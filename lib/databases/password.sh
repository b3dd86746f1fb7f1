# Passwords of databases. They are made on the host and stay there: beside the data, and in the secret files of the service.
#
# PREFIX of the stack's names; ONE_OFF that begins a container for a moment; IMAGE of a database that has no container yet

# $1 database. Says its password. Where there is none, one is made that opens the data that are there.
password_of() {
  container=$PREFIX-$1
  image=$(docker inspect --type container --format '{{.Image}}' "$container" 2> /dev/null) || image=$IMAGE
  password=$(in_container "$1" | beside_data "$1")
  if [ -z "$password" ]; then
    password=$(in_service "$1")
    [ -n "$password" ] || password=$(new_password "$1")
    [ "$1" != postgres ] || open_postgres "$password"
    printf %s "$password" | beside_data "$1" > /dev/null
  fi
  # It goes into addresses and into JSON as it is.
  case $password in
    *[!A-Za-z0-9._~-]*)
      echo "$container: .slipway-password in the volume $container is no password, got ${#password} characters; allowed one line of letters, digits and . _ ~ -. Fix: put the password there again" >&2
      return 1
      ;;
  esac
  printf %s "$password"
}

in_image() {
  $ONE_OFF --user 0 --cap-drop ALL --cap-add CHOWN --cap-add DAC_OVERRIDE \
    --security-opt no-new-privileges --entrypoint sh "$@"
}

# Containers that an earlier Slipway made have it in a file of their own.
in_container() {
  case $1 in
    redis) file=/etc/redis/slipway.conf ;;
    *) file=/run/secrets/$1-password ;;
  esac
  { docker cp "$container:$file" - 2> /dev/null || true; } | { tar -xO 2> /dev/null || true; } | sed -n '1 { s/^requirepass //; p; }'
}

# Keeps the password that comes on standard input, if any, and whatever else the database reads at its start. Says the one that is kept.
beside_data() {
  in_image --volume "$PREFIX-$1:/data" "$image" -euc '
    umask 077
    cd /data
    owner=$(stat -c %u:%g .)
    put() {
      cat > "$1.new"
      chown "$owner" "$1.new"
      mv "$1.new" "$1"
    }
    kept() { if [ -e .slipway-password ]; then cat .slipway-password; elif [ -e .slipway.conf ]; then sed -n "s/^requirepass //p" .slipway.conf; fi; }
    password=$(cat)
    [ -n "$password" ] || password=$(kept)
    [ -n "$password" ] || exit 0
    if [ "$0" = redis ]; then
      printf "requirepass %s\n" "$password" > /dev/shm/conf
      printf "%s\n" "dir /data" "appendonly yes" "protected-mode yes" "bind 0.0.0.0" "repl-diskless-sync-delay 0" >> /dev/shm/conf
      # Who watches it, see watched.sh.
      [ ! -e .slipway-watcher.conf ] || cat .slipway-watcher.conf >> /dev/shm/conf
      cmp -s /dev/shm/conf .slipway.conf || put .slipway.conf < /dev/shm/conf
    fi
    # Read at the first start only. NEO4J_AUTH would show in `docker inspect`, and the image hands it on as an argument.
    if [ "$0" = neo4j ] && [ ! -e databases ]; then
      salt=$(od -An -N16 -tx1 /dev/urandom | tr -d " \n")
      hash=$(printf %s "$salt$password" | sha256sum | cut -c -64)
      mkdir -p dbms
      chown "$owner" dbms
      printf "neo4j:SHA-256,%s,%s,1:\n" "$hash" "$(printf %s "$salt" | od -An -v -tx1 | tr -d " \n")" | put dbms/auth.ini
    fi
    [ -e .slipway-password ] && [ "$password" = "$(kept)" ] || printf %s "$password" | put .slipway-password
    printf %s "$password"' "$1"
}

# The service has it in the address of the database.
in_service() {
  case $1 in
    postgres) file=database-url ;;
    *) file=$1-url ;;
  esac
  for slot in blue green; do
    docker volume inspect "$PREFIX-$slot-secrets" > /dev/null 2>&1 || continue
    found=$(in_image --volume "$PREFIX-$slot-secrets:/secrets:ro" "$image" -euc '[ ! -e "/secrets/$0" ] || cat "/secrets/$0"' "$file" < /dev/null)
    found=$(printf %s "$found" | sed -n 's#^[a-z]*://[^:]*:\([^@]*\)@.*#\1#p')
    if [ -n "$found" ]; then
      printf %s "$found"
      return
    fi
  done
}

new_password() {
  case $1 in
    redis) used=$(docker ps --quiet --filter "name=^$container\$" --filter status=running) ;;
    neo4j) used=$(in_image --volume "$container:/data" "$image" -euc '[ ! -e /data/databases ] || echo used' < /dev/null) ;;
    *) used= ;;
  esac
  if [ -n "$used" ]; then
    echo "$container: its password is nowhere on the host any more, got no file .slipway-password in the volume $container; allowed one that only its owner reads. Fix: put it there again; or go back to a volume that has it" >&2
    return 1
  fi
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

# By the socket inside the container, which asks for no password. The statement goes to no log.
open_postgres() {
  user=$(docker exec "$container" printenv POSTGRES_USER)
  printf "set log_statement = 'none'; set log_min_error_statement = 'panic'; alter role \"%s\" password '%s';\n" "$user" "$1" |
    docker exec --interactive "$container" sh -euc '
      until pg_isready -q -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" < /dev/null; do sleep 0.2; done
      exec psql -qAt -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"' > /dev/null
}
