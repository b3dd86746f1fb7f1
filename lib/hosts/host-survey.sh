# What a host is like, one name=value a line, nothing changed. Run by whoever may.
. /etc/os-release
echo "os=${ID:-} ${VERSION_ID:-}"
echo "family=${ID:-} ${ID_LIKE:-}"
echo "machine=$(uname -m)"
folder=/var/lib/docker
[ -d "$folder" ] || folder=/var/lib
echo "freeMegabytes=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')"
if command -v docker > /dev/null; then
  echo "engine=$(timeout 10 docker version --format '{{.Server.Version}}' 2>&1 | tail -n 1)"
else
  echo "engine=docker: not found"
fi
echo "clockSeconds=$(date +%s)"
