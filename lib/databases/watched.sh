# Lets a database be watched by a user of its own, who sees figures and no data.
#
# KIND of database; VOLUME for the password of that user, OWNER who alone reads it; WATCHER the user's name; ADDRESS of the database
# After password.sh, with its variables

# Two files, as each exporter wants it. Says the password.
kept_for_watcher() {
  in_image --volume "$VOLUME:/secrets" "$image" -euc '
    umask 077
    cd /secrets
    put() {
      cat > "$1.new"
      chmod 400 "$1.new"
      chown "$0:$0" "$1.new"
      mv "$1.new" "$1"
    }
    [ -s password ] || od -An -N24 -tx1 /dev/urandom | tr -d " \n" | put password
    secret=$(cat password)
    # Older exporters look for the address alone.
    printf "{\"redis://%s@%s\": \"%s\", \"redis://%s\": \"%s\"}\n" "$1" "$2" "$secret" "$2" "$secret" | put passwords.json
    printf %s "$secret"' "$OWNER" "$WATCHER" "$ADDRESS" < /dev/null
}

# In the database's own container, by the socket that asks for no password. No password goes to an argument or a log.
watch_postgres() {
  docker exec --interactive "$container" sh -euc '
    until pg_isready -q -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" < /dev/null; do sleep 0.2; done
    exec psql -qAt -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"' > /dev/null
}

open_for_watcher() {
  case $KIND in
    postgres)
      watch_postgres << SQL
set log_statement = 'none'; set log_min_error_statement = 'panic';
select 'create role $WATCHER' where not exists (select from pg_roles where rolname = '$WATCHER') \gexec
alter role $WATCHER with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 3 password '$1';
alter role $WATCHER set default_transaction_read_only = on;
alter role $WATCHER set statement_timeout = '10s';
grant pg_monitor to $WATCHER;
SQL
      ;;
    redis)
      # Redis reads it at its start; what runs is told. CONFIG would show the owner's password.
      may="resetkeys resetchannels -@all +ping +info +latency|latest"
      hash=$(printf %s "$1" | sha256sum | cut -c -64)
      printf "user %s on #%s %s\n" "$WATCHER" "$hash" "$may" | beside_redis 'cat > .slipway-watcher.conf.new; chown "$(stat -c %u:%g .)" .slipway-watcher.conf.new; mv .slipway-watcher.conf.new .slipway-watcher.conf'
      password_of redis > /dev/null
      tell_redis "acl setuser $WATCHER reset on #$hash $may"
      ;;
  esac
}

# What is not there any more is closed.
close_to_watcher() {
  [ "$(docker inspect --type container --format '{{.State.Status}}' "$container" 2> /dev/null)" = running ] || return 0
  case $KIND in
    postgres) echo "drop role if exists $WATCHER;" | watch_postgres ;;
    redis)
      beside_redis 'rm -f .slipway-watcher.conf' < /dev/null
      password_of redis > /dev/null
      tell_redis "acl deluser $WATCHER"
      ;;
  esac
}

beside_redis() {
  in_image --volume "$container:/data" "$image" -euc "umask 077; cd /data; $1"
}

tell_redis() {
  printf '%s\n' "$1" | docker exec --interactive "$container" sh -ec 'export REDISCLI_AUTH="$(cat /data/.slipway-password)"; redis-cli -e' > /dev/null
}

# Whoever speaks to a container may read what is there.
exec < /dev/null
container=$PREFIX-$KIND
image=$(docker inspect --type container --format '{{.Image}}' "$container" 2> /dev/null) || image=$IMAGE
