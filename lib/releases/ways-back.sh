# What a stack's releases were, and which of their images the host still has: the ledger and the records as JSON, a line each, then a line for
# each image.
#
# CONTROLLER container

docker exec "$CONTROLLER" slipway-router ledger
records=$(docker exec "$CONTROLLER" slipway-router rollouts --json)
printf '%s\n' "$records"
# A tag before the digest only says where it came from. What was built here goes by its source, not by what is left of it.
printf '%s\n' "$records" | grep -o '"image":"[^"]*@sha256:[0-9a-f]*"' | cut -d '"' -f 4 | sed 's/:[A-Za-z0-9_.-]*@/@/' | sort -u |
  while read -r image; do
    if docker image inspect --format . "$image" > /dev/null 2>&1 < /dev/null; then echo "$image"; fi
  done
