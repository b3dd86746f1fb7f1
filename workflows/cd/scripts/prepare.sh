#include agent
cd "$STACK_FOLDER"
make setup
# A run that was killed leaves its lock behind; this one is alone in its lane.
make heal STACK="$STACK"
eval "$(make --silent env)"
pulumi config set --stack "$STACK" slipway:version "$VERSION"
pulumi config set --stack "$STACK" --path slipway:image.name "$IMAGE"
pulumi config set --stack "$STACK" --path slipway:image.tag "$TAG"
