# Writes a request's or an issue's one comment with a mark, or renews it in place.
# $1: its number; $2: the mark that the comment starts with; $3: file with {"body": …}
sticky() {
  local comments found page=1
  while
    comments=$(api "$repository/issues/$1/comments?per_page=100&page=$page")
    # Somebody may quote the mark: only our own comment counts.
    found=$(jq --raw-output --arg marker "$2" '
      [.[] | select(.user.login == "github-actions[bot]" and (.body | startswith($marker)))][0].id // empty' <<< "$comments")
    [ -z "$found" ] && [ "$(jq length <<< "$comments")" -eq 100 ]
  do
    page=$((page + 1))
  done
  if [ -n "$found" ]; then
    api --request PATCH --data "@$3" "$repository/issues/comments/$found" > /dev/null
  else
    api --request POST --data "@$3" "$repository/issues/$1/comments" > /dev/null
  fi
}
