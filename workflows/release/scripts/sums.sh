cp "$BUNDLE" "slipway-release/assets/$NAME-$VERSION.intoto.jsonl"
cd slipway-release/assets
sha256sum -- * > ../SHA256SUMS
mv ../SHA256SUMS .
