cd "$STACK_FOLDER"
make setup
eval "$(make --silent env)"
mkdir -p "$GITHUB_WORKSPACE/slipway-preview"
failed=
pulumi preview --stack "$STACK" --json --non-interactive > "$RUNNER_TEMP/preview.json" || failed=yes
# Neither of the two has a value that could be a secret; what Pulumi printed does.
slipway preview-comment --stack "$STACK" "$RUNNER_TEMP/preview.json" > "$GITHUB_WORKSPACE/slipway-preview/comment.md"
slipway preview-comment --stack "$STACK" --json "$RUNNER_TEMP/preview.json" > "$GITHUB_WORKSPACE/slipway-preview/changes.json"
cat "$GITHUB_WORKSPACE/slipway-preview/comment.md" >> "$GITHUB_STEP_SUMMARY"
[ -z "$failed" ]
