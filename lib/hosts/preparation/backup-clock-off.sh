# Takes the timer of backups away. A backup that runs ends by itself. UNIT: its name.

if [ -d /run/systemd/system ]; then
  [ ! -e "/etc/systemd/system/$UNIT.timer" ] || systemctl disable --quiet --now "$UNIT.timer"
  rm -f "/etc/systemd/system/$UNIT.timer" "/etc/systemd/system/$UNIT.service" "/usr/local/lib/slipway/$UNIT"
  systemctl daemon-reload
fi
echo "backups: no more by the clock"
