# What is there of a stack on its host, a JSON object a line, nothing changed. Run by whoever may use Docker.
#
# PREFIX: what the names of the stack's containers and volumes begin with, and the network's name
# PORTS: ports at which its proxy listens
command -v docker > /dev/null || exit 0
each() { # <word>: one line an object, as docker's --format makes it
  sed "s/^/$1 /"
}
ids=$(docker ps --all --quiet --no-trunc --filter "name=^/$PREFIX-" || true)
if [ -n "$ids" ]; then
  # One that goes away meanwhile is not there.
  docker inspect --type container --format '{"name":{{json .Name}},"status":{{json .State.Status}},"image":{{json .Image}},"labels":{{json .Config.Labels}},"networks":{{json .NetworkSettings.Networks}},"port":"{{range .Config.Env}}{{$part := split . "="}}{{if eq (index $part 0) "PORT"}}{{index $part 1}}{{end}}{{end}}"}' $ids 2> /dev/null | each container || true
  images=$(docker inspect --type container --format '{{.Image}}' $ids 2> /dev/null | sort -u || true)
  docker image inspect --format '{"id":{{json .Id}},"tags":{{json .RepoTags}},"digests":{{json .RepoDigests}}}' $images 2> /dev/null | each image || true
fi
docker volume ls --quiet --filter "name=$PREFIX-" --format '{{json .Name}}' | each volume
writers=$(docker ps --quiet --no-trunc --filter "volume=$PREFIX-controller")
[ -z "$writers" ] || docker inspect --type container --format '{"name":{{json .Name}},"mounts":{{json .Mounts}}}' $writers 2> /dev/null | each writer || true
networks=$(docker network ls --quiet --no-trunc)
docker network inspect --format '{"name":{{json .Name}},"subnets":{{json .IPAM.Config}}}' $networks 2> /dev/null | each network || true
# Sockets that listen at the proxy's ports, as the kernel writes them.
for port in $PORTS; do
  hex=$(printf '%04X' "$port")
  awk -v hex="$hex" -v port="$port" 'FNR > 1 && $4 == "0A" && $2 ~ ":" hex "$" { split($2, at, ":"); print "listener {\"port\":" port ",\"address\":\"" at[1] "\",\"inode\":\"" $10 "\"}" }' /proc/net/tcp /proc/net/tcp6 2> /dev/null || true
done
