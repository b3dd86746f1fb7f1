# The title is asked for now, so that after a better one this job alone can be run again. It becomes the subject of a squashed commit.
title=$(curl --fail-with-body --silent --show-error --retry 3 --header @<(printf 'Authorization: Bearer %s\n' "$GITHUB_TOKEN") \
  "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/pulls/$PULL_REQUEST" | jq --raw-output .title)
if [[ ! $title =~ $COMMIT_RULE ]]; then
  echo "::error title=Title::\"${title//%/%25}\" is not <type>(<scope>): <subject> with one of $COMMIT_TYPES. Fix: edit it, then re-run this job"
  exit 1
fi
