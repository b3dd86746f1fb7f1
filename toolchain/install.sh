#!/bin/sh
# Installs the locked npm packages when they are missing or the lock has changed. Needs only sh, node 20 and npm.
# The stamp is written last and npm ci starts by removing it, so an interrupted run simply starts over.
set -eu
cd "$(dirname "$0")/.."
stamp=node_modules/.slipway-lock

main() {
  wanted=$(cksum <package-lock.json)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && [ -x node_modules/.bin/node ]; then return; fi
  # `make env` puts our own Node first, which npm is about to delete under itself.
  PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -vxF "$PWD/node_modules/.bin" | paste -sd: -)
  command -v npm >/dev/null || {
    echo "npm: not found. Fix: install Node 20 or newer, which brings it" >&2
    exit 1
  }
  echo "• npm packages: installing what package-lock.json names (usually 30 s) …" >&2
  # No install scripts but Node's own: the others only fetch the vendor's plugins, which the toolchain does better.
  # Without a network npm's own patience is three minutes of silence.
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error \
    --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 >&2 &&
    npm rebuild node --ignore-scripts=false --loglevel=error >&2 || {
    echo "npm packages: could not be installed, npm says why above. Fix: let \`npm ping\` succeed (a network, a proxy, or npm config set registry <mirror>), then run the same again" >&2
    exit 1
  }
  node_modules/.bin/node --version >/dev/null
  printf '%s\n' "$wanted" >"$stamp"
  echo "✓ npm packages" >&2
}

# Two at once: the second waits for the first, then finds everything done.
if [ "${SLIPWAY_INSTALL_LOCKED:-}" = "" ] && command -v flock >/dev/null; then
  SLIPWAY_INSTALL_LOCKED=1 exec flock package-lock.json sh "$0"
fi
main
