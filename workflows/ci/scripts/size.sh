# Generated files count for nothing, and Git knows them by .gitattributes.
lines=0
while IFS=$'\t' read -r added removed file; do
  # "-" stands for a binary file.
  [ "$added" = - ] && continue
  [ "$(git check-attr linguist-generated -- "$file" | sed 's/.*: //')" = set ] && continue
  lines=$((lines + added + removed))
done < <(git diff --numstat --no-renames HEAD^1...HEAD^2)
echo "$lines changed lines; pull requests are best below $MAX_LINES." | tee -a "$GITHUB_STEP_SUMMARY"
if [ "$lines" -ge "$MAX_LINES" ]; then
  echo "::$LARGE_IS title=Large pull request::$lines changed lines; the team's limit is $MAX_LINES. Fix: split it"
  [ "$LARGE_IS" = warning ]
fi
