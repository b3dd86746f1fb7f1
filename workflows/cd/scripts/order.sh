#include api
# Runs wait their turn by when they began to wait, not by commit.
known=$(api "$repository/deployments?environment=$ENVIRONMENT&per_page=30" | jq --raw-output '.[] | "\(.id) \(.sha)"')
deployed=
while read -r id commit; do
  [ -n "$id" ] || break
  state=$(api "$repository/deployments/$id/statuses?per_page=1" | jq --raw-output '.[0].state // empty')
  if [ "$state" = success ]; then
    deployed=$commit
    break
  fi
done <<< "$known"
if [ -n "$deployed" ] && [ "$deployed" != "$GITHUB_SHA" ] && git merge-base --is-ancestor "$GITHUB_SHA" "$deployed"; then
  echo "::error title=Older than what is there::$ENVIRONMENT has $deployed, which came after $GITHUB_SHA. Nothing was done. Fix: none; to go back, dispatch this workflow"
  exit 1
fi
