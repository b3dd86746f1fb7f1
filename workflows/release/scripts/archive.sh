mkdir -p slipway-release/assets
git archive --format tar --prefix "$NAME-$VERSION/" "$GITHUB_SHA" | gzip --no-name > "slipway-release/assets/$NAME-$VERSION.tar.gz"
awk -v heading="## [$VERSION]" '/^## / { mine = index($0, heading) == 1; next } mine' CHANGELOG.md > slipway-release/notes.md
