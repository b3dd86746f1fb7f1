# Takes a timer away. What runs ends by itself. UNIT: its name. WHAT it did, in words.

if [ -d /run/systemd/system ]; then
  [ ! -e "/etc/systemd/system/$UNIT.timer" ] || systemctl disable --quiet --now "$UNIT.timer"
  rm -f "/etc/systemd/system/$UNIT.timer" "/etc/systemd/system/$UNIT.service" "/usr/local/lib/slipway/$UNIT"
  systemctl daemon-reload
fi
echo "clock: no more $WHAT"
