#!/bin/sh
# As the public image: settings come as NEO4J_<setting with _ for . and __ for _>, APOC when NEO4J_PLUGINS names it; root is given up.
set -eu
if [ "$1" != neo4j ]; then exec "$@"; fi
cd "$NEO4J_HOME"
echo server.default_listen_address=0.0.0.0 > conf/neo4j.conf
: > conf/apoc.conf
env | sed -n 's/^NEO4J_\([a-z].*\)/\1/p' | while IFS='=' read -r name value; do
  setting=$(echo "$name" | sed 's/__/\n/g; s/_/./g; s/\n/_/g')
  case "$setting" in apoc.*) file=conf/apoc.conf ;; *) file=conf/neo4j.conf ;; esac
  echo "$setting=$value" >> "$file"
done
case "${NEO4J_PLUGINS-}" in *apoc*) cp labs/apoc-*.jar plugins/ ;; esac
find /data /logs conf plugins import ! -user neo4j -exec chown neo4j:neo4j {} +
exec setpriv --reuid=neo4j --regid=neo4j --clear-groups java -cp "$NEO4J_HOME/lib/*:$NEO4J_HOME/plugins/*" \
  org.neo4j.server.CommunityEntryPoint --home-dir="$NEO4J_HOME" --config-dir="$NEO4J_HOME/conf" --console-mode
