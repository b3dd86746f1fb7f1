# The key is in the agent only, which ends with the runner.
mkdir -p ~/.ssh && chmod 700 ~/.ssh
ssh-agent -a "$RUNNER_TEMP/agent" > /dev/null
SSH_AUTH_SOCK=$RUNNER_TEMP/agent ssh-add -q - <<< "$SSH_PRIVATE_KEY"
echo "SSH_AUTH_SOCK=$RUNNER_TEMP/agent" >> "$GITHUB_ENV"
