import { expect, test } from "vitest";
import { userData } from "../../../lib/aws/user-data.ts";

test("a machine is told whose key opens it, and that Docker waits for the disk of its data", () => {
  const told = userData({ adminKey: "ssh-ed25519 AAAA", volume: "vol-0123456789abcdef0" });
  expect(told).toBe(`#cloud-config
ssh_authorized_keys:
  - ssh-ed25519 AAAA
disable_root: true
ssh_pwauth: false
write_files:
  - path: /etc/systemd/system/docker.service.d/10-slipway-data.conf
    content: |
      [Unit]
      RequiresMountsFor=/var/lib/docker
  - path: /etc/fstab
    append: true
    content: |
      /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0 /var/lib/docker ext4 defaults,nofail,x-systemd.makefs,x-systemd.device-timeout=10min 0 2
runcmd:
  - - mkdir
    - -p
    - /var/lib/docker
  - - systemctl
    - daemon-reload
  - - systemctl
    - start
    - --no-block
    - var-lib-docker.mount
`);
  expect(Buffer.byteLength(told)).toBeLessThan(16 * 1024);
});
