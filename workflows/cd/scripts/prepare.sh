# The key is in the agent only, which ends with the runner.
mkdir -p ~/.ssh && chmod 700 ~/.ssh
ssh-agent -a "$RUNNER_TEMP/agent" > /dev/null
SSH_AUTH_SOCK=$RUNNER_TEMP/agent ssh-add -q - <<< "$SSH_PRIVATE_KEY"
echo "SSH_AUTH_SOCK=$RUNNER_TEMP/agent" >> "$GITHUB_ENV"
cd "$STACK_FOLDER"
make setup
# A run that was killed leaves its lock behind; this one is alone in its lane.
make heal STACK="$STACK"
eval "$(make --silent env)"
pulumi config set --stack "$STACK" slipway:version "$VERSION"
pulumi config set --stack "$STACK" --path slipway:image.name "$IMAGE"
pulumi config set --stack "$STACK" --path slipway:image.tag "$TAG"
