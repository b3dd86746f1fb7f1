#!/bin/sh
# Installs the locked npm packages, and Node itself, when they are missing or a lock has changed. Needs only sh, node 20 and npm. Nothing runs
# that a lock has no hash of: no package's install script.
# The stamp is written last and npm ci starts by removing it, so an interrupted run simply starts over.
set -eu
cd "$(dirname "$0")/.."
stamp=node_modules/.slipway-lock

main() {
  wanted=$(cat package-lock.json toolchain/node/package-lock.json | cksum)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && [ -x node_modules/.bin/node ]; then return; fi
  # `make env` puts our own Node first, which npm is about to delete under itself.
  PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -vxF "$PWD/node_modules/.bin" | paste -sd: -)
  command -v npm >/dev/null || {
    echo "npm: not found. Fix: install Node 20 or newer, which brings it" >&2
    exit 1
  }
  echo "• npm packages: installing what package-lock.json names (usually 30 s, some minutes on a slow network) …" >&2
  since=$(date +%s)
  # Without a network npm's own patience is three minutes of silence.
  set -- --no-audit --no-fund --loglevel=error --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000
  npm ci --ignore-scripts "$@" >&2 && npm ci --prefix toolchain/node --ignore-scripts "$@" >&2 || {
    echo "npm packages: could not be installed, npm says why above. Fix: let \`npm ping\` succeed (a network, a proxy, or npm config set registry <mirror>), then run the same again" >&2
    exit 1
  }
  program=$(our_node)
  ln -sf "$program" node_modules/.bin/node
  node_modules/.bin/node --version >/dev/null
  printf '%s\n' "$wanted" >"$stamp"
  echo "✓ npm packages: $(($(date +%s) - since)) s" >&2
}

# The locked one; on a machine that there is none for, the user's own, if it is new enough.
our_node() {
  for locked in toolchain/node/node_modules/node-*/bin/node; do
    if [ -x "$locked" ]; then
      echo "../../$locked"
      return
    fi
  done
  own=$(node -p 'process.versions.node.split(".")[0] >= 24 ? process.execPath : ""')
  if [ -z "$own" ]; then
    echo "node: is $(node --version), and npm has no newer one for $(uname -sm); allowed 24 or newer. Fix: install Node 24" >&2
    exit 1
  fi
  echo "$own"
}

# Two at once: the second waits for the first, then finds everything done.
if [ "${SLIPWAY_INSTALL_LOCKED:-}" = "" ] && command -v flock >/dev/null; then
  SLIPWAY_INSTALL_LOCKED=1 exec flock package-lock.json sh "$0"
fi
main
