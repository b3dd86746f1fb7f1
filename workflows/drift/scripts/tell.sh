#include api
marker='<!-- slipway: drift -->'
page=1 number=''
while
  issues=$(api "$repository/issues?state=open&per_page=100&page=$page")
  number=$(jq --raw-output --arg marker "$marker" '
    [.[] | select(.pull_request == null and .user.login == "github-actions[bot]" and (.body // "" | startswith($marker)))][0].number // empty' <<< "$issues")
  [ -z "$number" ] && [ "$(jq length <<< "$issues")" -eq 100 ]
do
  page=$((page + 1))
done

{
  echo "$marker"
  echo "Somebody changed by hand what a stack declares. \`pulumi up\` puts it back; to keep it, declare it. [Run]($RUN_URL)"
} > body.md
differs='' unknown=''
for stack in $STACKS; do
  file=found/drift-$stack/found.txt
  if [ ! -e "$file" ]; then
    unknown+=" $stack"
    printf '\n**%s**: could not be asked\n' "$stack" >> body.md
  elif [ -s "$file" ]; then
    differs+=" $stack"
    # Names in it are of somebody's choice: in <pre>, as references, they are neither markup nor a mention.
    {
      printf '\n**%s**\n\n<pre>' "$stack"
      head --bytes 20000 "$file" | iconv --to-code utf-8 -c | jq --raw-input --slurp --raw-output '@html | gsub("\n\n+"; "\n")'
      echo '</pre>'
    } >> body.md
  fi
done
write() { jq --null-input --arg title "Changed by hand:$differs" --rawfile body body.md '{title: $title, body: $body}'; }
if [ -n "$differs" ] && [ -z "$number" ]; then
  write | api --data @- "$repository/issues" > /dev/null
elif [ -n "$differs" ]; then
  write | api --request PATCH --data @- "$repository/issues/$number" > /dev/null
elif [ -n "$number" ] && [ -z "$unknown" ]; then
  jq --null-input --arg run "$RUN_URL" '{body: "All is as declared again. [Run](\($run))"}' | api --data @- "$repository/issues/$number/comments" > /dev/null
  api --request PATCH --data '{"state": "closed", "state_reason": "completed"}' "$repository/issues/$number" > /dev/null
fi
[ -z "$unknown" ]
