# Ends and removes containers, side by side: each has the time that its release was given, 25 s where an earlier Slipway made it.
remove() { # <container>…
  [ $# -gt 0 ] || return 0
  for one; do
    seconds=$(docker inspect --type container --format '{{with .Config.StopTimeout}}{{.}}{{else}}25{{end}}' "$one" 2> /dev/null)
    docker stop -t "${seconds:-25}" "$one" > /dev/null 2>&1 &
    ended="${ended-} $!"
  done
  wait $ended || :
  ended=
  # With the volumes that its image declares and nobody named: no later container finds them.
  docker rm --force --volumes "$@" > /dev/null
}
