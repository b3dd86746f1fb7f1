# The checkout is the merge of the request: its first parent is the target, its second the newest commit of the branch.
git log --no-merges --format='%h %s' HEAD^1..HEAD^2 | {
  while read -r commit subject; do
    if [[ ! $subject =~ $COMMIT_RULE ]]; then
      echo "::error title=Commit $commit::\"${subject//%/%25}\" is not <type>(<scope>): <subject> with one of $COMMIT_TYPES. Fix: git rebase --interactive, reword"
      failed=yes
    fi
  done
  [ -z "${failed-}" ]
}
