image="$REGISTRY/${GITHUB_REPOSITORY,,}/$IMAGE"
# A fork's token, and anybody's for a public image, may read; without a cache the build is slower and nothing else.
docker login "$REGISTRY" --username "$GITHUB_ACTOR" --password-stdin <<< "$GITHUB_TOKEN" || echo "::warning::Without the cached layers"
docker build --cache-from "$image:cache" --build-arg BUILDKIT_INLINE_CACHE=1 --build-arg "VERSION=sha-$GITHUB_SHA" --tag "$image:$GITHUB_SHA" .
mkdir -p image
docker save "$image:$GITHUB_SHA" | gzip > image/image.tar.gz
