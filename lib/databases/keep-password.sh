# Keeps a database's password, which comes on standard input, beside its data. Only the database's own user and root can read it.
#
# CONTAINER of the database; FOLDER of its data there; READY a file in it that is there once the database has filled an empty folder
until docker exec "$CONTAINER" test -e "$FOLDER/$READY" < /dev/null; do sleep 0.2; done
docker exec --interactive "$CONTAINER" sh -euc '
  umask 077
  cat > "$0/.slipway-password.new"
  chown "$(stat -c %u:%g "$0")" "$0/.slipway-password.new"
  mv "$0/.slipway-password.new" "$0/.slipway-password"' "$FOLDER"
