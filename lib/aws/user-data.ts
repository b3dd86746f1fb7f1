import { stringify } from "yaml";

/** What a machine is told at its first boot. */
export interface UserDataArgs {
  /** Public key of the user who prepares the host; whose it becomes is the image's word: `admin` or `ubuntu`. */
  readonly adminKey: string;
  /** Id of the volume that its data are on: `vol-…`. */
  readonly volume: string;
}

/** Where Docker keeps volumes, and so the databases' data. */
const folder = "/var/lib/docker";
const docker = "/etc/systemd/system/docker.service.d/10-slipway-data.conf";

/**
 * User data for cloud-init. Pure.
 *
 * It does only what has to be done before anybody can log in, and what must be there before Docker is: all else is the host preparation's,
 * over SSH. Whoever is on the machine can read it, so it holds no secret. AWS changes it on a stopped machine only, and cloud-init runs it
 * once, so a change reaches new machines alone.
 */
export function userData({ adminKey, volume }: UserDataArgs): string {
  // How udev calls an EBS volume of the Nitro system; its /dev/nvme… changes from boot to boot.
  const device = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume.replace("-", "")}`;
  const options = "defaults,nofail,x-systemd.makefs,x-systemd.device-timeout=10min";
  const config = {
    ssh_authorized_keys: [adminKey],
    disable_root: true,
    ssh_pwauth: false,
    write_files: [
      // Docker on the root disk would be an empty host that looks well.
      { path: docker, content: `[Unit]\nRequiresMountsFor=${folder}\n` },
      { path: "/etc/fstab", append: true, content: `${device} ${folder} ext4 ${options} 0 2\n` },
    ],
    runcmd: [
      ["mkdir", "-p", folder],
      ["systemctl", "daemon-reload"],
      ["systemctl", "start", "--no-block", "var-lib-docker.mount"],
    ],
  };
  return `#cloud-config\n${stringify(config, { lineWidth: 0 })}`;
}
