#include api
if [[ ! $HEAD_SHA =~ ^[0-9a-f]{40}$ ]]; then
  echo "::error title=Commit::got ${HEAD_SHA@Q}; allowed is a whole commit of 40 digits. Fix: copy it from the pull request"
  exit 1
fi
# The stack file is all that is taken from the request, and of it only what stands under `config`: the rest says who may read its secrets.
file=$STACK_FOLDER/Pulumi.$STACK.yaml
api "$repository/contents/$file?ref=$HEAD_SHA" | jq --raw-output 'select(.type == "file") | .content' | base64 --decode > "$RUNNER_TEMP/stack.yaml"
outside() { awk '/^[^ #\t]/ { inside = /^config:/ } !inside && NF && !/^#/' "$1"; }
if ! [ -s "$RUNNER_TEMP/stack.yaml" ] || ! diff <(outside "$file") <(outside "$RUNNER_TEMP/stack.yaml"); then
  echo "::error title=Stack file::$file differs outside of config, and only config is previewed before a review. Fix: none; it is previewed once it is merged"
  exit 1
fi
cp "$RUNNER_TEMP/stack.yaml" "$file"
