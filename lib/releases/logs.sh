# What containers of a stack printed, oldest first: their name, the time at which it was written, and the line.
#
# PREFIX of their names; PART: one of the parts beside the service, or empty; SLOT: live, standby, blue, green or both; ROLE: a role, web for
# what serves, or empty for all; VERSION of the release, or empty for any; LINES of each at most, or all; SINCE, or empty; FOLLOW: yes to go on until nobody listens

names_of() { # <filter>…
  docker ps --all "$@" --format '{{.Names}} {{.Label "slipway.release"}}'
}

if [ -n "$PART" ]; then
  found=$(names_of --filter "name=^/$PREFIX-$PART(-[0-9]+)?\$")
else
  # Whoever looks for what is wrong may find the controller down: then it is both slots.
  case $SLOT in both) slots= ;; *) slots=$(slot_meant "$SLOT" "$PREFIX-controller") ;; esac
  slots=${slots:-blue green}
  found=$(for slot in $slots; do
    case $ROLE in "" | web) names_of --filter "label=slipway.slot=$slot" --filter "name=^/$PREFIX-$slot-[0-9]" ;; esac
    case $ROLE in
      web) ;;
      *) names_of --filter "label=slipway.slot=$slot" --filter "network=$PREFIX" --filter "label=slipway.role${ROLE:+=$ROLE}" ;;
    esac
  done)
fi
# A release's label is its version and a dash with eight digits.
if [ -n "$VERSION" ]; then found=$(printf '%s\n' "$found" | awk -v version="$VERSION" 'substr($2, 1, length($2) - 9) == version'); fi
names=$(printf '%s\n' "$found" | awk '{ print $1 }' | sort)
if [ -z "$names" ]; then
  echo "logs: $PREFIX has no container of ${PART:-${slots-}}${ROLE:+ with role $ROLE}${VERSION:+ of version $VERSION} on this host. Fix: slipway status says what each slot holds" >&2
  exit 1
fi

for name in $names; do
  # Both of its outputs, in the order in which they came.
  docker logs --timestamps --tail "$LINES" ${SINCE:+--since "$SINCE"} ${FOLLOW:+--follow} "$name" 2>&1 |
    while IFS= read -r line; do printf '%s %s\n' "$name" "$line"; done &
done | if [ -n "$FOLLOW" ]; then cat; else sort -s -k 2,2; fi
