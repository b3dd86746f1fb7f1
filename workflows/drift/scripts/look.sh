cd "$STACK_FOLDER"
make setup
eval "$(make --silent env)"
mkdir -p "$GITHUB_WORKSPACE/drift"
code=0
slipway drift --stack "$STACK" > "$RUNNER_TEMP/found.txt" || code=$?
case $code in
  0) : > "$GITHUB_WORKSPACE/drift/found.txt" ;;
  # Somebody changed something; any other end is no answer.
  5) cp "$RUNNER_TEMP/found.txt" "$GITHUB_WORKSPACE/drift/found.txt" ;;
  *) cat "$RUNNER_TEMP/found.txt" && exit "$code" ;;
esac
