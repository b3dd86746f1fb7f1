# What is there, or nothing if GitHub says that it is not: any other answer is a failure, never "not there".
look() {
  local status
  status=$(api --no-fail-with-body --output "$RUNNER_TEMP/looked.json" --write-out '%{http_code}' "$1")
  case $status in
    200) cat "$RUNNER_TEMP/looked.json" ;;
    404) ;;
    *) cat "$RUNNER_TEMP/looked.json" >&2 && return 1 ;;
  esac
}
