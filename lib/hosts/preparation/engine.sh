# Docker Engine from the distribution. DATA: what /etc/docker/daemon.json is to hold where there is none yet.

if [ ! -e /etc/docker/daemon.json ]; then
  mkdir -p /etc/docker
  printf '%s\n' "$DATA" > /etc/docker/daemon.json.part
  mv /etc/docker/daemon.json.part /etc/docker/daemon.json
  # An engine that runs already takes over by itself what can change while containers run.
  if pidof dockerd > /dev/null; then kill -HUP "$(pidof dockerd)"; fi
fi
if ! command -v dockerd > /dev/null; then
  echo "engine: installing docker.io (usually 1 min)"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q > /dev/null
  # From release 13 on, the command line is a package of its own.
  cli=$(apt-cache show docker-cli > /dev/null 2>&1 && echo docker-cli || true)
  apt-get install -qy --no-install-recommends -o DPkg::Lock::Timeout=300 docker.io iptables $cli > /dev/null
fi
if ! docker version > /dev/null 2>&1; then
  systemctl enable --now docker
  timeout 60 sh -c 'until docker version > /dev/null 2>&1; do sleep 0.2; done'
fi
echo "engine: Docker $(docker version --format '{{.Server.Version}}') runs"
