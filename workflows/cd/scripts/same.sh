docker login "${IMAGE%%/*}" --username "$GITHUB_ACTOR" --password-stdin <<< "$GITHUB_TOKEN"
docker pull --quiet "$IMAGE:$TAG"
docker logout "${IMAGE%%/*}"
if ! docker inspect --format '{{join .RepoDigests "\n"}}' "$IMAGE:$TAG" | grep --quiet --fixed-strings --line-regexp "$IMAGE@$DIGEST"; then
  echo "::error title=Another image::$TAG is no longer $DIGEST, which was built and signed. Fix: find out who pushed it"
  exit 1
fi
