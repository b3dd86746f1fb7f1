#include api
marker='<!-- slipway: statistics -->'

# Only numbers and results of jobs go into the comment: nothing that the author of the request chose.
api "$repository/pulls/$PULL_REQUEST" | jq --arg marker "$marker" --argjson results "$RESULTS" --arg run "$RUN_URL" '
  {body: ([
    $marker,
    "**\(.changed_files) files**, +\(.additions) −\(.deletions) lines in \(.commits) commits. [Run](\($run))",
    "",
    "| job | result |",
    "| --- | --- |",
    ($results | to_entries[] | "| \(.key) | \(.value.result) |")
  ] | join("\n"))}' > comment.json

page=1
while
  comments=$(api "$repository/issues/$PULL_REQUEST/comments?per_page=100&page=$page")
  # Somebody may quote the marker: only our own comment counts.
  found=$(jq --raw-output --arg marker "$marker" '
    [.[] | select(.user.login == "github-actions[bot]" and (.body | startswith($marker)))][0].id // empty' <<< "$comments")
  [ -z "$found" ] && [ "$(jq length <<< "$comments")" -eq 100 ]
do
  page=$((page + 1))
done

if [ -n "$found" ]; then
  api --request PATCH --data @comment.json "$repository/issues/comments/$found" > /dev/null
else
  api --request POST --data @comment.json "$repository/issues/$PULL_REQUEST/comments" > /dev/null
fi
