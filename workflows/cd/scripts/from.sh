if [ "$GITHUB_EVENT_NAME" = workflow_dispatch ]; then
  case $WANTED in
    production) rule='^refs/tags/v[0-9]+\.[0-9]+\.[0-9]+$' where='the tag of the version to go (back) to' ;;
    *) rule='^refs/heads/main$' where=main ;;
  esac
  if [[ ! $GITHUB_REF =~ $rule ]]; then
    echo "::error title=Not from here::$WANTED cannot be reached from ${GITHUB_REF@Q}. Fix: under \"Use workflow from\", choose $where"
    exit 1
  fi
fi
