# Removes the images that this stack needs no more. Only those that its own rollouts name, or that carry its labels, are looked at: others on
# the host belong to somebody else. Never fails: it is tried again after the next release.
#
# CONTROLLER container; HELD images that a slot holds, one a line; KEEP how many besides are there for a way back without a pull; SERVICE and
# STACK whose labels count

# Records of rollouts as JSON, newest first, to the images that may go. A tag before the digest only says where it came from.
old_images() {
  grep -o '"image":"[^"]*@sha256:[0-9a-f]*"' | cut -d '"' -f 4 | sed 's/:[A-Za-z0-9_.-]*@/@/' |
    HELD="$HELD" awk -v keep="$KEEP" '
      BEGIN { count = split(ENVIRON["HELD"], held, "\n"); for (i = 1; i <= count; i++) seen[held[i]] = 1 }
      !seen[$0]++ && ++others > keep'
}

remove_old_images() {
  docker exec "$CONTROLLER" slipway-router rollouts --json < /dev/null | old_images | while read -r image; do
    # An image that has a tag is somebody's too, and one that any container uses is refused by Docker.
    [ "$(docker image inspect --format '{{len .RepoTags}}' "$image" 2> /dev/null)" = 0 ] || continue
    if docker image rm "$image" > /dev/null 2>&1; then echo "images: removed $image, of an earlier release"; fi
  done
}

# Images that were built here and that no container has, running or not.
remove_built_images() {
  used=$(docker ps --all --quiet --no-trunc | xargs -r docker inspect --type container --format '{{.Image}}' 2> /dev/null)
  docker image ls --no-trunc --filter "label=slipway.service=$SERVICE" --filter "label=slipway.stack=$STACK" --format '{{.ID}} {{.Repository}}:{{.Tag}}' |
    while read -r id name; do
      case "$used" in *"$id"*) continue ;; esac
      case "$name" in *"<none>"*) name=$id ;; esac
      if docker image rm "$name" > /dev/null 2>&1; then echo "images: removed $name, which was built here"; fi
    done
}
