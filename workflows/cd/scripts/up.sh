cd "$STACK_FOLDER"
eval "$(make --silent env)"
# A cancelled run signals only the shell: in its place Pulumi hears it, and ends the update well.
exec pulumi up --stack "$STACK" --yes --skip-preview --non-interactive
