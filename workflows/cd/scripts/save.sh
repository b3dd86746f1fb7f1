docker login "${IMAGE%%/*}" --username "$GITHUB_ACTOR" --password-stdin <<< "$GITHUB_TOKEN"
docker pull --quiet "$IMAGE@$DIGEST"
docker save "$IMAGE@$DIGEST" --output image.tar
docker logout "${IMAGE%%/*}"
