#include version
refuse() {
  local what=${2//%/%25}
  echo "::error title=$1::${what//$'\n'/; }"
  exit 1
}
[ "$GITHUB_REF" = refs/heads/main ] ||
  refuse "Not from here" "releases are made by the workflow that stands on main, got ${GITHUB_REF@Q}. Fix: under \"Use workflow from\", choose main; what is released is the input \"from\""

read -r first _ <<< "$VERSION_FILES"
newest=$(git tag --list | { grep --extended-regexp '^v[0-9]+\.[0-9]+\.[0-9]+$' || true; } | sort --version-sort | tail --lines 1)
current=${newest#v}
[ -n "$newest" ] || current=$(version_in "$first")
[ -n "$current" ] || refuse "No version" "$first says no version such as 1.2.0. Fix: write it there"
if [ -n "$newest" ] && ! git merge-base --is-ancestor "$newest" HEAD; then
  refuse "Something is missing" "$FROM does not hold $newest. Fix: merge the pull request that brings $newest back, then dispatch again"
fi

IFS=. read -r major minor patch <<< "$current"
case $WANTED in
  major) version=$((major + 1)).0.0 ;;
  minor) version=$major.$((minor + 1)).0 ;;
  patch) version=$major.$minor.$((patch + 1)) ;;
  *) version=${WANTED#v} ;;
esac
[[ $version =~ ^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$ ]] ||
  refuse "No version" "got ${WANTED@Q}; allowed are major, minor, patch, or a version such as 1.2.0. Fix: dispatch again"
later=$(printf '%s\n' "$current" "$version" | sort --version-sort | tail --lines 1)
if [ "$later" != "$version" ] || [ "$newest" = "v$version" ]; then
  refuse "No step forward" "got $version; allowed are versions after $current. Fix: dispatch again"
fi

# Somebody may have gone on testing and mending on the release's own branch.
branch=release/v$version
if git rev-parse --quiet --verify "origin/$branch" > /dev/null && git merge-base --is-ancestor HEAD "origin/$branch"; then
  git checkout --quiet --detach "origin/$branch"
fi

# git-cliff's configuration can run commands, so it is this one and never a file of the repository.
printf '%s' "$CLIFF_CONFIG" > "$RUNNER_TEMP/cliff.toml"
python3 -m pip install --require-hashes --only-binary :all: --target "$RUNNER_TEMP/cliff" \
  --disable-pip-version-check --quiet --requirement <(printf '%s' "$CLIFF_REQUIREMENTS")
range=${newest:+$newest..}HEAD
# A merge says nothing that the commits in it do not.
mapfile -t skip < <(git rev-list --merges "$range" | sed 's/^/--skip-commit=/')
cliff() {
  NO_COLOR=1 "$RUNNER_TEMP/cliff/bin/git-cliff" --offline --config "$RUNNER_TEMP/cliff.toml" --tag "v$version" "${skip[@]}" "$@" \
    ${newest:+-- "$range"}
}

if ! cliff --context > "$RUNNER_TEMP/context.json" 2> "$RUNNER_TEMP/cliff.log"; then
  refuse "Commits" "no changelog can be made of what is not <type>(<scope>): <subject>: $(sed --quiet 's/^ *| *//p' "$RUNNER_TEMP/cliff.log"). Fix: reword them, or release without them"
fi
changes=$(jq '[.[].commits[]] | length' "$RUNNER_TEMP/context.json")
[ "$changes" -gt 0 ] || refuse "Nothing to release" "$FROM has no change since ${newest:-the beginning} that a user would notice. Fix: none"
broken=$(jq --raw-output '.[].commits[] | select(.breaking) | "\(.id[:7]) \(.message | split("\n")[0])"' "$RUNNER_TEMP/context.json")
IFS=. read -r new_major new_minor _ <<< "$version"
# Before 1.0.0 the minor version is what says it.
if [ -n "$newest" ] && [ -n "$broken" ] && [ "$new_major" = "$major" ] && { [ "$major" != 0 ] || [ "$new_minor" = "$minor" ]; }; then
  refuse "Breaking changes" "$version would break its users: $broken. Fix: dispatch again with $([ "$major" = 0 ] && echo minor || echo major)"
fi

cliff --strip all > "$RUNNER_TEMP/section.md" 2> /dev/null
mkdir -p slipway-release/files
[ -e CHANGELOG.md ] || printf '# Changelog\n' > CHANGELOG.md
# The new section stands before the newest one; what an earlier attempt wrote of the same version goes.
awk -v version="$version" '
  FNR == NR { section = section $0 "\n"; next }
  /^## / { old = index($0, "## [" version "]") == 1 }
  old { next }
  /^## / && !/^## \[?Unreleased/ && !done { printf "%s\n", section; done = 1 }
  { print }
  END { if (!done) printf "\n%s", section }' "$RUNNER_TEMP/section.md" CHANGELOG.md > slipway-release/files/CHANGELOG.md
for file in $VERSION_FILES; do
  old=$(version_in "$file")
  [ -n "$old" ] || refuse "No version" "$file says no version such as 1.2.0. Fix: write it there"
  mkdir -p "slipway-release/files/$(dirname "$file")"
  awk -v old="$old" -v new="$version" '
    !done && (/^[[:space:]]*"?version"?[[:space:]]*[:=]/ || $0 == old) && (at = index($0, old)) {
      $0 = substr($0, 1, at - 1) new substr($0, at + length(old)); done = 1 }
    { print }' "$file" > "slipway-release/files/$file"
done
cp "$RUNNER_TEMP/section.md" slipway-release/body.md
cat slipway-release/body.md >> "$GITHUB_STEP_SUMMARY"
{
  echo "version=$version"
  echo "base=$(git rev-parse HEAD)"
} >> "$GITHUB_OUTPUT"
