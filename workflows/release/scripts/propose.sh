#include api
#include look
branch=release/v$VERSION
title="chore(release): v$VERSION"
base_tree=$(api "$repository/git/commits/$BASE" | jq --raw-output .tree.sha)
(cd slipway-release/files && find . -type f -printf '%P\n') | while read -r path; do
  jq --null-input --arg path "$path" --rawfile content "slipway-release/files/$path" '{path: $path, mode: "100644", type: "blob", content: $content}'
done | jq --slurp --arg base "$base_tree" '{base_tree: $base, tree: .}' > tree.json
tree=$(api --data @tree.json "$repository/git/trees" | jq --raw-output .sha)
commit=$BASE
if [ "$tree" != "$base_tree" ]; then
  # GitHub signs what an App commits, as long as it names no author.
  commit=$(jq --null-input --arg message "$title" --arg tree "$tree" --arg base "$BASE" '{message: $message, tree: $tree, parents: [$base]}' |
    api --data @- "$repository/git/commits" | jq --raw-output .sha)
fi
# Never by force: what somebody pushed meanwhile stays, and this attempt ends.
if [ -z "$(look "$repository/git/ref/heads/$branch")" ]; then
  jq --null-input --arg ref "refs/heads/$branch" --arg sha "$commit" '{ref: $ref, sha: $sha}' | api --data @- "$repository/git/refs" > /dev/null
else
  jq --null-input --arg sha "$commit" '{sha: $sha}' | api --request PATCH --data @- "$repository/git/refs/heads/$branch" > /dev/null
fi

open=$(api "$repository/pulls?state=open&base=main&head=${GITHUB_REPOSITORY%%/*}:$branch" | jq --raw-output '.[0].number // empty')
# Merged with a merge commit, develop and main go on from the same history.
request=$(jq --null-input --arg title "$title" --arg head "$branch" --rawfile notes slipway-release/body.md '{title: $title, head: $head, base: "main",
  body: "Merging this releases it. Merge it with a merge commit.\n\n\($notes)"}')
if [ -z "$open" ]; then
  url=$(api --data @- "$repository/pulls" <<< "$request" | jq --raw-output .html_url)
else
  url=$(jq '{title, body}' <<< "$request" | api --request PATCH --data @- "$repository/pulls/$open" | jq --raw-output .html_url)
fi
echo "[$title]($url) waits for its reviews." >> "$GITHUB_STEP_SUMMARY"
