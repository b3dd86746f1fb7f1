#include api
#include sticky
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

sticky "$PULL_REQUEST" "$marker" comment.json
