api() {
  curl --fail-with-body --silent --show-error --retry 5 --header @<(printf 'Authorization: Bearer %s\n' "$GITHUB_TOKEN") \
    --header 'Accept: application/vnd.github+json' "$@"
}
if [ "$GITHUB_EVENT_NAME" = workflow_dispatch ]; then
  case $WANTED in
    production) rule='^refs/tags/v[0-9]+\.[0-9]+\.[0-9]+$' where='the tag of the version to go (back) to' ;;
    *) rule='^refs/heads/main$' where=main ;;
  esac
  if [[ ! $GITHUB_REF =~ $rule ]]; then
    echo "::error title=Not from here::$WANTED cannot be reached from ${GITHUB_REF@Q}. Fix: under \"Use workflow from\", choose $where"
    exit 1
  fi
fi
# Only the gate of exactly this commit counts, and only as GitHub Actions reports it.
deadline=$((SECONDS + MAX_WAIT_MINUTES * 60))
while
  state=$(api "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/commits/$GITHUB_SHA/check-runs?check_name=$GATE&app_id=$ACTIONS_APP&filter=latest&per_page=100" |
    jq --raw-output '.check_runs | if length == 0 then "missing" else max_by(.id) | .conclusion // "waiting" end')
  [ "$state" = missing ] || [ "$state" = waiting ]
do
  if [ "$SECONDS" -ge "$deadline" ]; then
    echo "::error title=No green gate::the check $GATE of $GITHUB_SHA is $state after $MAX_WAIT_MINUTES min. Fix: run ci.yml for this commit, then re-run this job"
    exit 1
  fi
  sleep "${POLL_SECONDS:-15}"
done
if [ "$state" != success ]; then
  echo "::error title=No green gate::the check $GATE of $GITHUB_SHA is $state, and nothing is deployed that is not green. Fix: mend it, and push"
  exit 1
fi
