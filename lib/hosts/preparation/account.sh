# The user who deploys, and its folders. DEPLOYER: its name. FOLDER: /opt/<service>. BACKUPS: where backups go, unless in its home.
# Its only power is the group docker, which is as much as root's over the machine; what it has not is sudo, a password, or another way in
# than the keys that the one who prepares the host has.

if ! id "$DEPLOYER" > /dev/null 2>&1; then
  useradd --create-home --shell /bin/sh "$DEPLOYER"
  echo "account: user $DEPLOYER made"
fi
if ! id -nG "$DEPLOYER" | grep -qw docker; then usermod --append --groups docker "$DEPLOYER"; fi
keys=$(eval echo "~${SUDO_USER:-root}")/.ssh/authorized_keys
theirs=$(eval echo "~$DEPLOYER")/.ssh/authorized_keys
if [ "$DEPLOYER" != "${SUDO_USER:-root}" ] && ! cmp -s "$keys" "$theirs"; then
  install -d -m 0700 -o "$DEPLOYER" -g "$DEPLOYER" "${theirs%/*}"
  install -m 0600 -o "$DEPLOYER" -g "$DEPLOYER" "$keys" "$theirs.part"
  mv "$theirs.part" "$theirs"
  echo "account: $DEPLOYER has the keys of ${SUDO_USER:-root}"
fi
install -d -m 0750 -o "$DEPLOYER" -g "$DEPLOYER" "$FOLDER"
case "$BACKUPS" in /*) install -d -m 0700 -o "$DEPLOYER" -g "$DEPLOYER" "$BACKUPS" ;; esac
