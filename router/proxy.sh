# What the container of one of the proxy's two places runs: HAProxy, as soon as the controller's file names the place. While the file
# names both, the other one's listening sockets are taken over, with those who wait in their queues: nobody is refused.
#
# SLIPWAY_PROXY: number of this place
run=${SLIPWAY_RUN_FOLDER:-/run/slipway}
# The first process of a container ignores every signal that it does not name.
trap 'exit 0' USR1 TERM INT
places=
until case " $places " in *" $SLIPWAY_PROXY "*) true ;; *) false ;; esac; do
  [ -z "$places" ] || { sleep 0.2 & wait $!; }
  read -r places 2> /dev/null < "$run/proxies" || places=none
done
socket() { echo "$run/proxy-$1.$2.sock"; }
set -- -W -db -S "$(socket "$SLIPWAY_PROXY" master),mode,660" -f "$run/haproxy.cfg"
case $places in *" "*) set -- "$@" -x "$(socket $((3 - SLIPWAY_PROXY)) admin)" ;; esac
exec haproxy "$@"
