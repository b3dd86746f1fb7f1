# Restarts one of live's containers, which the controller has taken out of the proxy before and brings back after it.
#
# PREFIX of the containers' names; REPLICA: blue-1, say; HAND: shell words that say who and why

name=$PREFIX-$REPLICA
# What is not there can't be restarted, and a replica that leaves for nothing is one fewer.
stop=$(docker inspect --type container --format '{{with .Config.StopTimeout}}{{.}}{{else}}10{{end}}' "$name" 2> /dev/null) || {
  echo "restart: needs the service's container $name, got that it is not there. Fix: slipway status says what is missing; pulumi up makes it anew" >&2
  exit 1
}
eval "docker exec $PREFIX-controller slipway-router rest $REPLICA $((stop + 60)) $HAND"
timeout $((stop + 50)) docker restart "$name" > /dev/null || echo "restart: Docker did not restart $name" >&2
docker exec "$PREFIX-controller" slipway-router back "$REPLICA"
