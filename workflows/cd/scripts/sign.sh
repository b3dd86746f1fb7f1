docker login "${IMAGE%%/*}" --username "$GITHUB_ACTOR" --password-stdin <<< "$GITHUB_TOKEN"
# Go checks what it builds against its public log of checksums.
GOBIN=$RUNNER_TEMP go install "github.com/sigstore/cosign/v3/cmd/cosign@$COSIGN_VERSION"
"$RUNNER_TEMP/cosign" sign --yes "$IMAGE@$DIGEST"
