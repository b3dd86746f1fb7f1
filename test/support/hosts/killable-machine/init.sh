#!/bin/sh
# First process of a test machine: does for Docker what systemd does for Debian's docker.io, and no more. Arguments go to dockerd.
set -eu

mount --make-rshared /
# Without --privileged, which not every engine can give, these come read-only.
awk '$2 ~ "^/sys" { print $2 }' /proc/mounts | while read -r path; do mount -o remount,bind,rw "$path"; done
# With cgroup v2 a group has either processes or limited children.
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir -p /sys/fs/cgroup/init
  xargs -rn1 < /sys/fs/cgroup/cgroup.procs > /sys/fs/cgroup/init/cgroup.procs || true
  sed -e 's/ / +/g' -e 's/^/+/' < /sys/fs/cgroup/cgroup.controllers > /sys/fs/cgroup/cgroup.subtree_control
fi

# Restart=always, RestartSec=2
keep() {
  while :; do
    "$@" || true
    sleep 2
  done
}
keep containerd --log-level warn &
until [ -S /run/containerd/containerd.sock ]; do sleep 0.05; done
keep dockerd --containerd /run/containerd/containerd.sock "$@" &
wait
