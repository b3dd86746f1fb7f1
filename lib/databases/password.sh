# The password of a database: the one that its container has, else the one that is kept beside its data, else a new one. Another password
# would lock everybody out of data that are there already, whose state may be lost.
#
# CONTAINER of the database, and the FILE there that begins with its password; VOLUME of the data; IMAGE that is on the host
given=$(docker cp "$CONTAINER:$FILE" - 2> /dev/null | tar -xO 2> /dev/null | sed -n '1 { s/^requirepass //; p; }') || true
if [ -n "$given" ]; then
  printf %s "$given"
  exit 0
fi
folder=$(mktemp -d)
looked=$(docker create --network none --volume "$VOLUME:/data" "$IMAGE")
trap 'docker rm --volumes "$looked" > /dev/null; rm -rf "$folder"' EXIT
if docker cp "$looked:/data/.slipway-password" "$folder/password" > "$folder/said" 2>&1; then
  cat "$folder/password"
elif grep -qi "could not find the file\|no such file\|no such container:path" "$folder/said"; then
  od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
else
  cat "$folder/said" >&2
  exit 1
fi
