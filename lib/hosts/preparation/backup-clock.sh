# A timer of systemd's that makes backups. UNIT: its name. DEPLOYER: who makes them. SECONDS_BETWEEN two of them. PROGRAM: what does it.

if [ ! -d /run/systemd/system ]; then
  echo "slipway:backups.every: needs systemd, and this host does not run it. Fix: take the setting away, and call slipway backup now by a timer of your own" >&2
  exit 1
fi
changed=
put() { # <file> <mode>; its content on standard input
  cat > "$1.part"
  chmod "$2" "$1.part"
  if cmp -s "$1" "$1.part"; then rm "$1.part"; else mv "$1.part" "$1" && changed=1; fi
}

install -d -m 0755 /usr/local/lib/slipway
printf '%s' "$PROGRAM" | put "/usr/local/lib/slipway/$UNIT" 0755
put "/etc/systemd/system/$UNIT.service" 0644 << EOF_UNIT
[Unit]
Description=Slipway: a backup by the clock, and its copy
After=docker.service
[Service]
Type=oneshot
User=$DEPLOYER
ExecStart=/usr/local/lib/slipway/$UNIT
TimeoutStartSec=4h
NoNewPrivileges=yes
EOF_UNIT
# The first one soon after a boot: where the machine was off, one is due.
put "/etc/systemd/system/$UNIT.timer" 0644 << EOF_UNIT
[Unit]
Description=Slipway: when there is a backup
[Timer]
OnActiveSec=10s
OnUnitActiveSec=${SECONDS_BETWEEN}s
AccuracySec=1s
[Install]
WantedBy=timers.target
EOF_UNIT
if [ -n "$changed" ]; then
  systemctl daemon-reload
  systemctl enable --quiet "$UNIT.timer"
  systemctl restart "$UNIT.timer"
fi
systemctl is-active --quiet "$UNIT.timer" || systemctl start "$UNIT.timer"
echo "backups: one every $SECONDS_BETWEEN s, by the host's clock (systemctl status $UNIT)"
