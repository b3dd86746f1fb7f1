#include version
read -r first _ <<< "$VERSION_FILES"
version=$(version_in "$first")
heading="## [$version]"
# One push releases a version: the one that brings its section. Later ones have it already, and repeated runs say the same.
git show "$BEFORE:CHANGELOG.md" > "$RUNNER_TEMP/before.md" 2> /dev/null || true
new=false
if [ -n "$version" ] && [ -e CHANGELOG.md ] && grep --quiet --fixed-strings "$heading" CHANGELOG.md && ! grep --quiet --fixed-strings "$heading" "$RUNNER_TEMP/before.md"; then
  new=true
fi
echo "version=$version" >> "$GITHUB_OUTPUT"
echo "new=$new" >> "$GITHUB_OUTPUT"
