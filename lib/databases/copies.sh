# The copies of backups that lie elsewhere: a repository of restic's, which encrypts before anything leaves the host.
#
# BACKUPS folder on the host; COPY address of the repository; RESTIC image; KEYS volume with the files `password` and `credentials`
# OWNER whose backups they are; LABELS of containers for a moment

# The keys are files: no argument, and nothing that `docker inspect` shows. Root may read here, and do nothing else. The time limit is inside,
# because a client of Docker that is ended ends no container.
restic() { # <seconds> <words of restic>
  limit=$1
  shift
  # shellcheck disable=SC2086 # labels are words
  docker run --rm $LABELS --user 0 --cap-drop ALL --cap-add DAC_READ_SEARCH --security-opt no-new-privileges \
    --read-only --tmpfs /tmp --memory 1g --hostname "$machine" --volume "$KEYS:/keys:ro" --volume "$BACKUPS:/backups:ro" \
    --env "RESTIC_REPOSITORY=$COPY" --env RESTIC_PASSWORD_FILE=/keys/password --env AWS_SHARED_CREDENTIALS_FILE=/keys/credentials \
    --entrypoint timeout "$RESTIC" -k 5 "$limit" restic --no-cache "$@" < /dev/null 2> "$restic_said" || {
    code=$?
    [ "$code" != 124 ] && [ "$code" != 143 ] || echo "no answer within $limit s" >> "$restic_said"
    return 1
  }
}

# What restic said, in words that lead on.
explain() {
  # Its words are followed by where in its code they come from.
  first=$(grep -m 1 '^Fatal' "$restic_said" || grep -m 1 . "$restic_said") || first=nothing
  if grep -qi 'wrong password' "$restic_said"; then
    why="was made with another password" fix="pulumi config set --secret --path slipway:backupSecrets.password <the one that it was made with>, then pulumi up"
  elif grep -qi -e 'signature we calculated' -e 'access key id you provided' -e 'access denied' -e accessdenied -e forbidden "$restic_said"; then
    why="refuses the keys" fix="give slipway:backupSecrets.access-key and .secret-key of a user who may list, read and write there, then pulumi up"
  elif grep -qi 'bucket does not exist' "$restic_said"; then
    why="has no bucket of that name" fix="make it, or correct slipway:backups.copyTo.repository"
  elif grep -qi -e 'no such host' -e 'connection refused' -e 'no answer within' -e 'i/o timeout' -e 'no route' -e unreachable "$restic_said"; then
    why="can't be reached" fix="see whether the host reaches it, and correct slipway:backups.copyTo.repository"
  elif is_empty; then
    why="holds no copy" fix="correct slipway:backups.copyTo.repository; or, where there never was one, slipway backup now"
  elif grep -qi 'already locked' "$restic_said"; then
    why="is locked" fix="wait until the other one is done, 30 minutes if it was killed, then slipway backup now"
  else
    why="is broken" fix="name another copy (slipway backup list); slipway backup verify --copy says what else is broken"
  fi
  echo "copy: $COPY $why, got $first. Fix: $fix" >&2
}

is_empty() {
  grep -qi -e 'unable to open config file.*key does not exist' -e 'repository does not exist' "$restic_said" && ! grep -qi 'bucket does not exist' "$restic_said"
}

# Copies of this stack's backups there, the oldest first: when, id, `name,by-<who>,bytes-<n>`, files.
copies() {
  json=$(restic 120 --no-lock snapshots --host "$OWNER" --json) || return 1
  printf '%s\n' "$json" | awk '{ gsub(/\{"time":/, "\n{\"time\":"); print }' |
    sed -n 's/^{"time":"\([^"]*\)".*"paths":\[\([^]]*\)\].*"tags":\[\([^]]*\)\].*"id":"\([0-9a-f]*\)".*$/\1 \4 \3 \2/p' | tr -d '"' | sort
}

tag_of() { # <copy> <what it begins with>
  printf '%s\n' "$1" | cut -d ' ' -f 3 | tr ',' '\n' | sed -n "s/^$2//p"
}

name_of() { # <copy>
  printf '%s\n' "$1" | cut -d ' ' -f 3 | cut -d , -f 1
}

# The engine, as restic's locks name who holds them.
machine=$(docker info --format '{{.ID}}' | sha256sum | cut -c -12)
restic_said=$(mktemp)
trap 'rm -f "$restic_said"' EXIT
