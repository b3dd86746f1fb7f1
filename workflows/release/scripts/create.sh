#include api
#include look
tag=v$VERSION
published=$(look "$repository/releases/tags/$tag")
if [ -n "$published" ]; then
  echo "url=$(jq --raw-output .html_url <<< "$published")" >> "$GITHUB_OUTPUT"
  echo "$tag is released already." >> "$GITHUB_STEP_SUMMARY"
  exit 0
fi

# What is published can't be mended: everything is uploaded and read back while it is a draft, and the tag comes last.
draft=$(api "$repository/releases?per_page=100" | jq --arg tag "$tag" '[.[] | select(.draft and .tag_name == $tag)][0] // empty')
if [ -z "$draft" ]; then
  draft=$(jq --null-input --arg tag "$tag" --arg sha "$GITHUB_SHA" --rawfile notes slipway-release/notes.md \
    '{tag_name: $tag, target_commitish: $sha, name: $tag, body: $notes, draft: true}' | api --data @- "$repository/releases")
fi
id=$(jq .id <<< "$draft")
api "$repository/releases/$id/assets?per_page=100" | jq '.[].id' | while read -r asset; do
  api --request DELETE "$repository/releases/assets/$asset"
done
upload=$(jq --raw-output '.upload_url | sub("\\{.*$"; "")' <<< "$draft")
for file in slipway-release/assets/*; do
  api --header 'Content-Type: application/octet-stream' --data-binary "@$file" "$upload?name=${file##*/}" > /dev/null
done
mkdir -p uploaded
api "$repository/releases/$id/assets?per_page=100" | jq --raw-output '.[] | "\(.id) \(.name)"' | while read -r asset name; do
  ACCEPT=application/octet-stream api --location --output "uploaded/${name##*/}" "$repository/releases/assets/$asset"
done
diff --recursive slipway-release/assets uploaded
(cd uploaded && sha256sum --check --strict --quiet SHA256SUMS)

there=$(look "$repository/git/ref/tags/$tag" | jq --raw-output '.object.sha // empty')
if [ -z "$there" ]; then
  jq --null-input --arg ref "refs/tags/$tag" --arg sha "$GITHUB_SHA" '{ref: $ref, sha: $sha}' | api --data @- "$repository/git/refs" > /dev/null
elif [ "$there" != "$GITHUB_SHA" ]; then
  echo "::error title=Tag::$tag is $there, and not $GITHUB_SHA. Nothing was published. Fix: release another version"
  exit 1
fi
url=$(api --request PATCH --data '{"draft": false}' "$repository/releases/$id" | jq --exit-status --raw-output 'select(.draft == false) | .html_url')
echo "url=$url" >> "$GITHUB_OUTPUT"
echo "[$tag]($url) is released." >> "$GITHUB_STEP_SUMMARY"
