# RESULTS: what the jobs came to; MAY_BE_SKIPPED: for each job, the events that it has nothing to do for.
bad=$(jq --raw-output --arg event "$GITHUB_EVENT_NAME" --argjson allowed "$MAY_BE_SKIPPED" '
  to_entries[]
  | select(.value.result != "success")
  | select((.value.result == "skipped" and (($allowed[.key] // []) | index($event) != null)) | not)
  | "\(.key): \(.value.result)"' <<< "$RESULTS")
if [ -n "$bad" ]; then
  echo "::error title=Not every job has succeeded::$(tr '\n' ' ' <<< "$bad")"
  exit 1
fi
