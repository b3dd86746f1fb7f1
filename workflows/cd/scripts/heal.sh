cd "$STACK_FOLDER"
make heal STACK="$STACK"
