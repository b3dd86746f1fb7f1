# What is there of a stack on its host, a JSON object a line, nothing changed. Run by whoever may use Docker.
#
# PREFIX: what the names of the stack's containers and volumes begin with, and the network's name
# PORTS: ports at which its proxy listens
# DATA: volumes of databases, each with a file that is there once it was filled: volume=file
# BACKUPS: folder of the backups, empty where there are none
# IMAGES: references of images that its containers need
# ACCOUNT: the user by whom the stack's first host asks for figures, empty where there is none
# FIREWALL: not empty where Slipway prepared the host, and with it the firewall
command -v docker > /dev/null || exit 0
each() { # <word>: one line an object, as docker's --format makes it
  sed "s/^/$1 /"
}
# By what they are attached to as well: a container that was renamed is still there.
ids=$(for by in "name=^/$PREFIX-" "network=$PREFIX" "volume=$PREFIX-run"; do docker ps --all --quiet --no-trunc --filter "$by" 2> /dev/null || true; done | sort -u)
if [ -n "$ids" ]; then
  # One that goes away meanwhile is not there.
  containers=$(docker inspect --type container --format '{"name":{{json .Name}},"status":{{json .State.Status}},"image":{{json .Image}},"labels":{{json .Config.Labels}},"networks":{{json .NetworkSettings.Networks}},"restart":{{json .HostConfig.RestartPolicy.Name}},"memory":{{.HostConfig.Memory}},"mounts":{{json .Mounts}},"port":"{{range .Config.Env}}{{$part := split . "="}}{{if eq (index $part 0) "PORT"}}{{index $part 1}}{{end}}{{end}}","place":"{{range .Config.Env}}{{$part := split . "="}}{{if eq (index $part 0) "SLIPWAY_PROXY"}}{{index $part 1}}{{end}}{{end}}","variables":"{{range .Config.Env}}{{$part := split . "="}}{{index $part 0}} {{end}}","controller":[{{range .Config.Env}}{{$part := split . "="}}{{if eq (index $part 0) "SLIPWAY_CONTROLLER_JSON"}}{{json .}}{{end}}{{end}}]}' $ids 2> /dev/null | each container || true)
  printf '%s\n' "$containers"
  images=$(docker inspect --type container --format '{{.Image}}' $ids 2> /dev/null | sort -u || true)
  docker image inspect --format '{"id":{{json .Id}},"tags":{{json .RepoTags}},"digests":{{json .RepoDigests}}}' $images 2> /dev/null | each image || true
fi
[ -z "$IMAGES" ] || docker image inspect --format . $IMAGES 2>&1 > /dev/null | sed -n 's/.*[Nn]o such image: \([^ ]*\)$/absent "\1"/p'
docker volume ls --quiet --filter "name=$PREFIX-" --format '{{json .Name}}' | each volume
writers=$(docker ps --quiet --no-trunc --filter "volume=$PREFIX-controller")
[ -z "$writers" ] || docker inspect --type container --format '{"name":{{json .Name}},"mounts":{{json .Mounts}}}' $writers 2> /dev/null | each writer || true
networks=$(docker network ls --quiet --no-trunc)
docker network inspect --format '{"name":{{json .Name}},"subnets":{{json .IPAM.Config}}}' $networks 2> /dev/null | each network || true
# A volume that was emptied looks like one that is filled. Files are shown by what has it mounted, whether that runs or not.
has_file() { # <container> <folder> <file, or . for any>: what can't be read counts as there
  if [ "$3" = . ]; then
    # The first entry of a folder is itself.
    [ "$(timeout 10 docker cp "$1:$2/." - 2> /dev/null | tar -t 2> /dev/null | head -n 2 | wc -l)" != 1 ]
  else
    ! timeout 10 docker cp "$1:$2/$3" - 2>&1 > /dev/null | grep -qi "could not find the file\|no such file\|no such container:path"
  fi
}
# One that a look left which was killed would hold its volume, and its name.
[ -z "$DATA$FIREWALL" ] || docker rm --force --volumes "$PREFIX-look" > /dev/null 2>&1 || true
for each in $DATA; do
  volume=${each%%=*}
  begins=$(docker volume inspect --format '{{index .Labels "slipway.empty"}}' "$volume" 2> /dev/null) || continue
  [ -z "$begins" ] || continue
  made=
  holder=$(docker ps --all --quiet --filter "volume=$volume" | head -n 1)
  if [ -z "$holder" ]; then
    image=$(printf '%s\n' "${images-}" | head -n 1)
    made=$(docker create --name "$PREFIX-look" --network none --volume "$volume:/data" "$image" sh 2> /dev/null) || continue
    holder=$made
  fi
  folder=$(docker inspect --type container --format "{{range .Mounts}}{{if eq .Name \"$volume\"}}{{.Destination}}{{end}}{{end}}" "$holder")
  has_file "$holder" "$folder" "${each#*=}" || echo "empty \"$volume\""
  [ -z "$made" ] || docker rm --volumes "$made" > /dev/null
done
if [ -n "$BACKUPS" ]; then
  case "$BACKUPS" in "~/"*) BACKUPS="$HOME/${BACKUPS#??}" ;; esac
  [ -d "$BACKUPS" ] || echo 'backups "gone"'
fi
# The table can be read by root only, which whoever may use Docker is. Another firewall is somebody else's.
if [ -n "$FIREWALL" ] && ! systemctl is-active --quiet ufw firewalld; then
  image=$(printf '%s\n' "${images-}" | head -n 1)
  rights="--network host --cap-drop ALL --cap-add SYS_CHROOT --cap-add NET_ADMIN --cap-add DAC_OVERRIDE --user 0"
  listed=$(timeout 20 docker run --rm --name "$PREFIX-look" $rights --volume /:/host:ro --entrypoint chroot "$image" /host nft list table inet slipway 2>&1) || case $listed in *"No such file"*) listed= ;; *) listed=unknown ;; esac
  kept=$(cat /etc/slipway/firewall.listed 2> /dev/null) || kept=
  case $listed in
    unknown) ;;
    "") echo 'firewall "gone"' ;;
    *) [ -z "$kept" ] || [ "$listed" = "$kept" ] || echo 'firewall "changed"' ;;
  esac
fi
[ -z "$ACCOUNT" ] || echo "account \"$(account_state)\""
# Sockets that listen at the proxy's ports, as the kernel writes them.
for port in $PORTS; do
  hex=$(printf '%04X' "$port")
  found=$(awk -v hex="$hex" -v port="$port" 'FNR > 1 && $4 == "0A" && $2 ~ ":" hex "$" { split($2, at, ":"); print "listener {\"port\":" port ",\"address\":\"" at[1] "\",\"inode\":\"" $10 "\"}" }' /proc/net/tcp /proc/net/tcp6 2> /dev/null || true)
  [ -n "$found" ] || continue
  printf '%s\n' "$found"
  # A proxy that could not have another port still listens at the one before, which only its controller knows.
  printf '%s\n' "${containers-}" | grep -F "{\"name\":\"/$PREFIX-controller\"" | grep -qi 'port\\":'"$port[,}]" && continue
  timeout 10 docker exec "$PREFIX-controller" slipway-router status --json 2> /dev/null | grep -q '"outdated":"' && echo 'proxy "outdated"' || true
done
