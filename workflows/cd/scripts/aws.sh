# Good for five minutes: AWS's own programs exchange it when they begin, and what they get lasts an hour.
umask 077
curl --fail-with-body --silent --show-error --retry 5 --header @<(printf 'Authorization: bearer %s\n' "$ACTIONS_ID_TOKEN_REQUEST_TOKEN") \
  "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" | jq --raw-output --exit-status .value > "$RUNNER_TEMP/identity"
