#include api
# Only the gate of exactly this commit counts, and only as GitHub Actions reports it.
deadline=$((SECONDS + MAX_WAIT_MINUTES * 60))
while
  state=$(api "$repository/commits/$GITHUB_SHA/check-runs?check_name=$GATE&app_id=$ACTIONS_APP&filter=latest&per_page=100" |
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
