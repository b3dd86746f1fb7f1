# Starts roles of the live slot that are due in this minute, ends runs that take too long, and tells the rollout controller of all of them. The
# host's own clock runs it once a minute, as the user who deploys. What one minute misses is not made up for, but it is told with the next one.
#
# One run at a time, whatever slot its container is in: a release takes over with the next run.
#
# PREFIX of the containers' names, and the network's. AT: the time, in seconds since 1970. @default now

of() { # <format> <container>
  docker inspect --type container --format "$1" "$2" 2> /dev/null
}
named() { # <label>: as a template finds it
  printf '{{index .Config.Labels "slipway.%s"}}' "$1"
}
is_due() { # <minutes> <hours> <days> <months> <weekdays> <either or both>
  echo "$*" | awk -v at="$(date -u -d "@$now" '+%M %H %d %m %w')" '{
    split(at, is, " ")
    for (i = 1; i <= 5; i++) named[i] = index($i, "," (is[i] + 0) ",") > 0
    day = $6 == "either" ? named[3] || named[5] : named[3] && named[5]
    exit !(named[1] && named[2] && named[4] && day)
  }'
}

now=${AT:-$(date +%s)}
at=$(date -u -d "@$now" +%Y-%m-%dT%H:%M:%SZ)
names=$(docker ps --all --filter "network=$PREFIX" --filter label=slipway.due --format '{{.Names}}')
told=

for name in $(docker ps --filter "network=$PREFIX" --filter label=slipway.due --format '{{.Names}}'); do
  facts=$(of "$(named limit) {{with .Config.StopTimeout}}{{.}}{{else}}10{{end}} {{with .Config.StopSignal}}{{.}}{{else}}SIGTERM{{end}} {{.State.StartedAt}}" "$name") || continue
  set -- $facts
  over=$((now - $(date -u -d "$4" +%s) - $1))
  [ "$over" -ge 0 ] || continue
  echo "$name: has run for its $1 s, and is ended"
  # Its stopSeconds, then it has to go: the next minute looks again.
  if [ "$over" -lt "$2" ]; then docker kill --signal "$3" "$name"; else docker kill "$name"; fi > /dev/null 2>&1 || true
done

ledger=$(docker exec "$PREFIX-controller" slipway-router ledger < /dev/null | tr -d ' \n') || ledger=
case $ledger in
  *'"live":"blue"'*) live=blue ;;
  *'"live":"green"'*) live=green ;;
  *) live= ;;
esac
for name in $names; do
  facts=$(of "$(named slot) $(named role) $(named due)" "$name") || continue
  set -- $facts
  [ "$1" = "$live" ] || continue
  role=$2
  shift 2
  is_due "$@" || continue
  if [ -n "$(docker ps --quiet --filter "network=$PREFIX" --filter "label=slipway.role=$role" --filter label=slipway.due)" ]; then
    echo "$name: is due and skipped, as the run before still goes on"
    told="$told
skipped $role $at"
  elif error=$(docker start "$name" 2>&1 > /dev/null); then
    echo "$name: started"
  else
    error=$(echo "$error" | tr '\n' ' ' | cut -c 1-200)
    echo "$name: can't be started: $error"
    told="$told
refused $role $at $error"
  fi
done

for name in $names; do
  run=$(of "ran $(named role) $(named limit) {{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}} {{.State.StartedAt}} {{.State.FinishedAt}}" "$name") || continue
  told="$told
$run"
done
printf '%s\n' "$told" | timeout 20 docker exec -i "$PREFIX-controller" slipway-router roles-ran > /dev/null ||
  echo "roles: the rollout controller was told nothing, as it does not answer; the next minute tells it" >&2
