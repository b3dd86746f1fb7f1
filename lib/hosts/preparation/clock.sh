# A timer of systemd's. UNIT: its name. WHAT it does, in words. SETTING that wants it, and BY_HAND: what to do without. DEPLOYER: who does it. TIMER:
# when, as lines of systemd's. LIMIT of one time. PROGRAM: what does it.

if [ ! -d /run/systemd/system ]; then
  echo "$SETTING: needs systemd, and this host does not run it. Fix: take the setting away, and $BY_HAND" >&2
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
Description=Slipway: $WHAT
After=docker.service
[Service]
Type=oneshot
User=$DEPLOYER
ExecStart=/usr/local/lib/slipway/$UNIT
TimeoutStartSec=$LIMIT
NoNewPrivileges=yes
EOF_UNIT
put "/etc/systemd/system/$UNIT.timer" 0644 << EOF_UNIT
[Unit]
Description=Slipway: when there is $WHAT
[Timer]
$TIMER
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
echo "clock: $WHAT, by the host's own ($(echo $TIMER); systemctl status $UNIT)"
