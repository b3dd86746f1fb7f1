#!/bin/sh
# Checks this service: formatting, lint, types and unit tests; with DATABASE_URL and REDIS_URL set, the integration tests too.
# The tools live in a venv outside the clone, one for each Python and each content of its lock.
set -eu
cd "$(dirname "$0")"

fail() {
  echo "run-tests: $1" >&2
  exit 1
}

python=${PYTHON:-python3}
python_version=$("$python" -c 'import sys, venv, ensurepip; print(sys.version)' 2> /dev/null) ||
  fail "$python is missing or has no venv. Fix: apt-get install python3-venv, or set PYTHON to another one."
lock=requirements-dev-$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])').txt
[ -e "$lock" ] || fail "$python has no lock $lock. Fix: set PYTHON to one of those that have: $(echo requirements-dev-*.txt)"

hash=$("$python" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest()[:16])' <<IDENTITY
$python_version
$(cat "$lock")
IDENTITY
)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/slipway/ape-2026-venv
venv=$cache/$hash

if [ ! -d "$venv" ]; then
  echo "run-tests: installing the test tools into $venv (usually 20 s, once)"
  mkdir -p "$cache"
  # Made under another name and then renamed, so that an interrupted or simultaneous run leaves no half of one.
  building=$(mktemp -d "$cache/.$hash.XXXXXX")
  trap 'rm -rf "$building"' EXIT
  trap 'exit 130' INT TERM
  "$python" -m venv "$building/venv"
  "$building/venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
  mv "$building/venv" "$venv" 2> /dev/null || [ -d "$venv" ] || fail "cannot make $venv"
fi

run() {
  "$venv/bin/python" -m "$@"
}

# No byte code or caches in the clone.
export PYTHONDONTWRITEBYTECODE=1
run isort --quiet --check src tests
run black --quiet --check src tests
run flake8 src tests
run mypy --cache-dir "$cache/mypy-$(pwd | cksum | cut -d " " -f 1)" src tests
run pylint --score=n src tests
run bandit --quiet --recursive src
run pytest -q -p no:cacheprovider "$@"
