# Security updates by themselves. The engine keeps its containers when it is restarted by one (live-restore).

if ! dpkg -s unattended-upgrades > /dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q > /dev/null
  apt-get install -qy --no-install-recommends -o DPkg::Lock::Timeout=300 unattended-upgrades > /dev/null
fi
wanted='APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";'
file=/etc/apt/apt.conf.d/20auto-upgrades
if [ "$(cat "$file" 2> /dev/null)" != "$wanted" ]; then
  printf '%s\n' "$wanted" > "$file"
fi
echo "updates: security updates install themselves"
