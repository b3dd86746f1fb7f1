if [[ ! $BRANCH =~ $BRANCH_RULE ]]; then
  echo "::error title=Branch name::${BRANCH@Q} is none of $BRANCH_KINDS. Fix: git branch --move, push, and open the request from there"
  exit 1
fi
