failed=
# Who knows the address can post: it is read from a file that no process list shows.
post() { curl --fail --silent --show-error --retry 3 --max-time 30 --header 'Content-Type: application/json' --data @- --config <(printf 'url = "%s"\n' "$1") > /dev/null; }
if [ -n "${SLACK_WEBHOOK_URL-}" ]; then
  jq --null-input '{text: env.TEXT}' | post "$SLACK_WEBHOOK_URL" || failed=yes
fi
if [ -n "${PAGERDUTY_ROUTING_KEY-}" ]; then
  jq --null-input '{routing_key: env.PAGERDUTY_ROUTING_KEY, event_action: "trigger",
    payload: {summary: env.TEXT, source: env.STACK, severity: "critical"}}' |
    post "$PAGERDUTY_URL" || failed=yes
fi
if [ -n "${SMTP_PASSWORD-}" ]; then
  printf 'From: %s\r\nTo: %s\r\nSubject: %s\r\n\r\n%s\r\n' "$MAIL_FROM" "$MAIL_TO" "$SUBJECT" "$TEXT" |
    curl --fail --silent --show-error --max-time 30 --ssl-reqd --url "$SMTP_URL" --mail-from "$MAIL_FROM" --mail-rcpt "$MAIL_TO" \
      --config <(printf 'user = "%s:%s"\n' "$SMTP_USERNAME" "$SMTP_PASSWORD") --upload-file - || failed=yes
fi
[ -z "$failed" ]
