# Names of the secrets that the live release has, one a line; which variable names the file is the release's own affair.
#
# PREFIX of the containers' names
slot=$(slot_meant live "$PREFIX-controller")
if [ -z "$slot" ]; then
  echo "secrets: nothing is live, or the controller does not answer. Fix: slipway status says more" >&2
  exit 1
fi
variables=$(docker inspect --type container --format '{{range .Config.Env}}{{println .}}{{end}}' "$PREFIX-$slot-1")
printf '%s\n' "$variables" | sed -n 's|^[A-Z0-9_]*_FILE=/run/secrets/||p'
