#include agent
cd "$STACK_FOLDER"
make setup
eval "$(make --silent env)"
slipway checklist --stack "$STACK" --only rollback --drill
