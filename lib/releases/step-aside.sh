# Makes room in a slot that is out of the proxy. Containers without a connection go at once. One that still answers a request or a stream
# steps aside: it keeps its address, loses its name and goes when nothing is left of it, or at its deadline, which its new name tells.
# What the new containers need, be it an address or memory, is waited for until then.
#
# PREFIX of the stack's containers; SLOTS to clear; TAKES: addresses that the new containers get; DRAIN: longest, in seconds, that anything
# stays; ASIDE: this text, after remove-containers.sh. With REAP=yes only those that stepped aside are watched, until none is left

now() { date +%s; }

# Every container of these slots, by name; replicas count from 1. Those of roles have no connection of the proxy.
containers() { # <slot>…
  for slot; do
    docker ps --all --filter "label=slipway.slot=$slot" --filter "name=^/$PREFIX-$slot-[1-9]" --format '{{.Names}}'
    docker ps --all --filter "label=slipway.slot=$slot" --filter "network=$PREFIX" --filter label=slipway.role --format '{{.Names}}'
  done
}

# Asks in a proxy, which sees the host's network and memory; in the other place where one does not answer.
in_proxy() { # <command>…
  for place in 1 2; do docker exec "$PREFIX-proxy-$place" "$@" 2> /dev/null < /dev/null && return; done
}

# Of one that runs, in the stack's own network: somebody may have attached it to further ones. Nothing for any other.
address_of() { # <container>
  docker inspect --type container --format '{{if .State.Running}}{{with index .NetworkSettings.Networks "'"$PREFIX"'"}}{{.IPAddress}}{{end}}{{end}}' "$1" 2> /dev/null
}

# Connections of the proxy, as the kernel writes them. Where nobody can tell, everything counts as in use.
connections() { # <container>
  at=$(address_of "$1")
  [ -n "$at" ] || { echo 0; return; }
  hex=$(echo "$at" | awk -F. '{ printf "%02X%02X%02X%02X", $4, $3, $2, $1 }')
  sockets=$(in_proxy cat /proc/net/tcp)
  [ -n "$sockets" ] || { echo 1; return; }
  echo "$sockets" | awk -v at="^$hex:" '$3 ~ at && ($4 == "01" || $4 == "08") { open++ } END { print open + 0 }'
}

deadline() { # <container>
  case $1 in *-draining-*) echo "${1##*-draining-}" ;; *) echo "$until" ;; esac
}

# Waits for what a container still has, then removes it.
end() { # <container> <why it can't step aside>
  said=
  while left=$(($(deadline "$1") - $(now))) && [ "$left" -gt 0 ] && open=$(connections "$1") && [ "$open" -gt 0 ]; do
    [ -n "$said" ] || echo "$1: waiting for $open requests or streams to end (at most $left s): $2"
    said=yes
    sleep 1
  done
  remove "$1"
}

# Memory that containers have now, and that the host has left, in megabytes; nothing where nobody can tell.
used() { # <container>…
  docker stats --no-stream --format '{{.MemUsage}}' "$@" 2> /dev/null |
    awk '{ mb = $1 + 0; if ($1 ~ /GiB/) mb *= 1024; if ($1 ~ /KiB/) mb /= 1024; sum += mb } END { printf "%d", sum + 1 }'
}
free() { in_proxy awk '/MemAvailable/ { printf "%d", $2 / 1024 }' /proc/meminfo; }

aside() { # <container>…
  [ $# -gt 0 ] || return 0
  needs=$(used "$@") has=$(free)
  if [ -n "$has" ] && [ "$needs" -gt "$has" ]; then
    for name; do end "$name" "the host has $has MB left, and new containers may need $needs MB before these go"; done
    return
  fi
  for name; do
    docker update --restart no "$name" > /dev/null
    docker rename "$name" "$name-draining-$until"
    echo "$name: its $(connections "$name-draining-$until") requests or streams have $DRAIN s to end; until then it stays aside, beside the new containers"
  done
  echo "containers aside take $needs MB, ${has:-unknown} MB are free"
}

draining() { docker ps --all --filter "name=^/$PREFIX-[a-z]*-[0-9]*-draining-" --format '{{.Names}}'; }

if [ "${REAP-}" = yes ]; then
  while names=$(draining) && [ -n "$names" ]; do
    for name in $names; do
      [ "$(deadline "$name")" -gt "$(now)" ] && [ "$(connections "$name")" -gt 0 ] || remove "$name"
    done
    sleep 2
  done
  exit 0
fi

until=$(($(now) + DRAIN))
idle='' busy=''
for name in $(containers $SLOTS); do
  if [ "$(connections "$name")" = 0 ]; then idle="$idle $name"; else busy="$busy $name"; fi
done
remove $idle
leave=''
for name in $busy; do
  address=$(address_of "$name")
  case " $TAKES ,$name" in
    *" $address "*,*-draining-*) end "$name" "the new containers get its address" ;;
    # The controller has waited for it.
    *" $address "*) remove "$name" ;;
    *-draining-*) ;;
    *) leave="$leave $name" ;;
  esac
done
aside $leave
for name in $(containers $SLOTS); do
  case $name in *-draining-*) continue ;; esac
  echo "slot: $name can't be put away, so nothing is released and no traffic moves. Fix: docker rm -f $name on the host says why; then pulumi up again" >&2
  exit 1
done
if [ -n "$(draining)" ]; then
  # It outlives this step. Where it is ended, by a reboot for example, the next release finishes its work.
  REAP=yes nohup sh -uc "$ASIDE" > /dev/null 2>&1 < /dev/null &
fi
