#include api
#include sticky
if [[ ! $HEAD_SHA =~ ^[0-9a-f]{40}$ ]] || [ "$PREVIEWED" = false ]; then
  echo "::error title=Not from here::nothing was previewed. Fix: under \"Use workflow from\", choose main, and give a whole commit"
  exit 1
fi
# By what GitHub knows, and never by a number that the preview wrote: it may be of anybody's request.
page=1 numbers=()
while
  pulls=$(api "$repository/pulls?state=open&per_page=100&page=$page")
  mapfile -t found < <(jq --arg sha "$HEAD_SHA" '.[] | select(.head.sha == $sha) | .number' <<< "$pulls")
  numbers+=("${found[@]}")
  [ "$(jq length <<< "$pulls")" -eq 100 ]
do
  page=$((page + 1))
done
if [ "${#numbers[@]}" -eq 0 ]; then
  echo "::notice::no open pull request has $HEAD_SHA as its newest commit; the preview stands in the summary"
  exit 0
fi

failed=
for stack in $STACKS; do
  marker="<!-- slipway: preview of $PROJECT/$stack -->"
  file=previews/preview-$stack/comment.md
  if [ ! -e "$file" ]; then
    jq --null-input --arg marker "$marker" --arg stack "$stack" --arg run "$RUN_URL" \
      '{body: "\($marker)\n### Preview of <code>\($stack)</code>: failed\n\nThere is none. [Run](\($run))"}' > body.json
  # What is not Slipway's own form is not posted: other markup, mentions and links could be somebody's.
  elif [ ! -L "$file" ] && [ "$(wc --bytes < "$file")" -le 240000 ] && jq --raw-input --slurp --exit-status --arg marker "$marker" '
    length <= 60000 and startswith("\($marker)\n") and
      (.[($marker | length):] | (test("<!|@|\\]\\(|https?:/|[\\x00-\\x09\\x0b-\\x1f]") | not) and
        all(match("</?[^>]*>?"; "g").string; test("^(</?(code|details|summary)>|<br>)$")))' "$file" > /dev/null; then
    jq --raw-input --slurp --arg run "$RUN_URL" '{body: "\(.)\n[Run](\($run))"}' "$file" > body.json
  else
    jq --null-input --arg marker "$marker" --arg stack "$stack" --arg run "$RUN_URL" \
      '{body: "\($marker)\n### Preview of <code>\($stack)</code>: not shown\n\nIt is not of the form that Slipway writes. [Run](\($run))"}' > body.json
    echo "::error title=Preview of $stack::is not of the form that Slipway writes. Fix: look who changed the workflow"
    failed=yes
  fi
  for number in "${numbers[@]}"; do sticky "$number" "$marker" body.json; done
done
[ -z "$failed" ]
