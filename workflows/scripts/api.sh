api() {
  curl --fail-with-body --silent --show-error --retry 5 --header @<(printf 'Authorization: Bearer %s\n' "$GITHUB_TOKEN") \
    --header "Accept: ${ACCEPT:-application/vnd.github+json}" "$@"
}
repository="$GITHUB_API_URL/repos/$GITHUB_REPOSITORY"
