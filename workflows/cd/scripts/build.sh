image="$REGISTRY/${GITHUB_REPOSITORY,,}/$IMAGE"
docker login "$REGISTRY" --username "$GITHUB_ACTOR" --password-stdin <<< "$GITHUB_TOKEN"

# What this commit was built to stays what it is: a build repeated is another digest, and then nothing that was tested is deployed.
if ! found=$(docker pull "$image:sha-$GITHUB_SHA" 2>&1); then
  if ! grep --quiet --ignore-case --extended-regexp 'manifest unknown|not found|name unknown' <<< "$found"; then
    echo "::error title=Registry::cannot tell whether sha-$GITHUB_SHA was built: ${found//$'\n'/ }"
    exit 1
  fi
  docker build --cache-from "$image:cache" --build-arg BUILDKIT_INLINE_CACHE=1 --build-arg "VERSION=sha-$GITHUB_SHA" --tag "$image:sha-$GITHUB_SHA" .
fi

# Only the registry's answer to the push says the digest.
push() {
  docker tag "$image:sha-$GITHUB_SHA" "$image:$1"
  docker push "$image:$1" | tee push.log
  local pushed
  pushed=$(sed --quiet 's/^.*digest: \(sha256:[0-9a-f]\{64\}\) .*$/\1/p' push.log)
  if [ -z "$pushed" ] || [ "${digest:=$pushed}" != "$pushed" ]; then
    echo "::error title=Digest::$1 was pushed as ${pushed:-nothing}, sha-$GITHUB_SHA as ${digest:-nothing}"
    exit 1
  fi
}
push "sha-$GITHUB_SHA"
case $GITHUB_REF in
  refs/tags/*) push "${GITHUB_REF_NAME}" ;;
  *) push cache && push latest ;;
esac
echo "image=$image" >> "$GITHUB_OUTPUT"
echo "digest=$digest" >> "$GITHUB_OUTPUT"
echo "\`$image@$digest\`" >> "$GITHUB_STEP_SUMMARY"
