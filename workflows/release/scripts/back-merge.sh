#include api
#include look
title="chore(release): merge v$VERSION back into develop"
answer=$(jq --null-input --arg sha "$GITHUB_SHA" --arg message "$title" '{base: "develop", head: $sha, commit_message: $message}' |
  api --no-fail-with-body --output "$RUNNER_TEMP/merge.json" --write-out '%{http_code}' --data @- "$repository/merges")
case $answer in
  # GitHub signs the merges that it makes. 204: there was nothing to merge.
  201 | 204) exit 0 ;;
  # A conflict, or a rule by which develop takes pull requests only.
  403 | 409 | 422) ;;
  *) cat "$RUNNER_TEMP/merge.json" && exit 1 ;;
esac
# Not from main itself: its button "Update branch" would merge develop into it.
branch=release/v$VERSION
if [ -z "$(look "$repository/git/ref/heads/$branch")" ]; then
  jq --null-input --arg ref "refs/heads/$branch" --arg sha "$GITHUB_SHA" '{ref: $ref, sha: $sha}' | api --data @- "$repository/git/refs" > /dev/null
else
  jq --null-input --arg sha "$GITHUB_SHA" '{sha: $sha, force: true}' | api --request PATCH --data @- "$repository/git/refs/heads/$branch" > /dev/null
fi
open=$(api "$repository/pulls?state=open&base=develop&head=${GITHUB_REPOSITORY%%/*}:$branch" | jq --raw-output '.[0].html_url // empty')
if [ -z "$open" ]; then
  open=$(jq --null-input --arg title "$title" --arg head "$branch" '{title: $title, head: $head, base: "develop", body: "So that the next release from develop holds it. Merge it with a merge commit."}' |
    api --data @- "$repository/pulls" | jq --raw-output .html_url)
fi
echo "[$title]($open) waits for its review." >> "$GITHUB_STEP_SUMMARY"
