# Opens, renews or closes the one issue of ours whose text begins like body.md: <title> <what it is about, or nothing> <what could not be asked> <last word>
keep_issue() {
  local page=1 number='' issues marker
  marker=$(head --lines 1 body.md)
  while
    issues=$(api "$repository/issues?state=open&per_page=100&page=$page")
    number=$(jq --raw-output --arg marker "$marker" '
      [.[] | select(.pull_request == null and .user.login == "github-actions[bot]" and (.body // "" | startswith($marker)))][0].number // empty' <<< "$issues")
    [ -z "$number" ] && [ "$(jq length <<< "$issues")" -eq 100 ]
  do
    page=$((page + 1))
  done
  if [ -n "$2" ]; then
    jq --null-input --arg title "$1:$2" --rawfile body body.md '{title: $title, body: $body}' > issue.json
    if [ -n "$number" ]; then
      api --request PATCH --data @issue.json "$repository/issues/$number" > /dev/null
    else
      api --data @issue.json "$repository/issues" > /dev/null
    fi
  elif [ -n "$number" ] && [ -z "$3" ]; then
    jq --null-input --arg body "$4 [Run]($RUN_URL)" '{body: $body}' | api --data @- "$repository/issues/$number/comments" > /dev/null
    api --request PATCH --data '{"state": "closed", "state_reason": "completed"}' "$repository/issues/$number" > /dev/null
  fi
}
# Adds what was found of each stack to body.md: <folders in found/ begin with> <file> <what could not be done>, and `show <file> <stack>` to show it.
# Sets `with`, the stacks of which something was found, and `unknown`, those of which nobody could tell.
gather() {
  local stack file
  with='' unknown=''
  for stack in $STACKS; do
    file=found/$1-$stack/$2
    if [ ! -e "$file" ]; then
      unknown+=" $stack"
      printf '\n**%s**: could not be %s\n' "$stack" "$3" >> body.md
    elif [ -s "$file" ]; then
      with+=" $stack"
      show "$file" "$stack" >> body.md
    fi
  done
}
