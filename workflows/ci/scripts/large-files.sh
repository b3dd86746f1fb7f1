git diff --diff-filter=AM --name-only -z HEAD^1...HEAD^2 | {
  while IFS= read -r -d '' file; do
    bytes=$(git cat-file -s "HEAD^2:$file")
    if [ "$bytes" -gt "$MAX_FILE_BYTES" ]; then
      echo "::error title=Large file::${file@Q} has $bytes bytes; allowed are $MAX_FILE_BYTES. Fix: keep it out of Git, in its history too"
      failed=yes
    fi
  done
  [ -z "${failed-}" ]
}
