# What a file says: the first `version` line of TOML or JSON, or a file that holds nothing else.
version_in() {
  grep --max-count 1 --extended-regexp '^\s*"?version"?\s*[:=]\s*"[0-9]+\.[0-9]+\.[0-9]+"|^[0-9]+\.[0-9]+\.[0-9]+$' "$1" |
    grep --only-matching --extended-regexp '[0-9]+\.[0-9]+\.[0-9]+' || true
}
