import type { Rule } from "../rule.ts";
import { at, listAt, maybe, unknown, type Props, type Seen } from "../seen.ts";

/** Inputs that say it, by type: all of them have to. */
const asked: Readonly<Record<string, readonly string[]>> = {
  "aws:ebs/volume:Volume": ["encrypted"],
  "aws:ebs/snapshotCopy:SnapshotCopy": ["encrypted"],
  "aws:efs/fileSystem:FileSystem": ["encrypted"],
  "aws:rds/instance:Instance": ["storageEncrypted"],
  "aws:rds/cluster:Cluster": ["storageEncrypted"],
  "aws:elasticache/replicationGroup:ReplicationGroup": ["atRestEncryptionEnabled", "transitEncryptionEnabled"],
};

/** A disk that is taken out, or a snapshot that is shared, tells nobody anything. S3 encrypts by itself. */
export const storageIsEncrypted: Rule = {
  name: "slipway-storage-is-encrypted",
  description: "Disks, databases and file systems are encrypted",
  fix: "encrypt it from the start: AWS can't encrypt what is there already, only a copy",
  problems: (seen) => [...flags(seen), ...disks(seen)],
};

const flags = ({ type, props }: Seen) =>
  (asked[type] ?? []).filter((name) => !maybe(props[name], true)).map((name) => `${name} is not true`);

function disks({ type, props }: Seen): string[] {
  if (type !== "aws:ec2/instance:Instance" && type !== "aws:ec2/launchTemplate:LaunchTemplate") return [];
  return disksOf(type, props).flatMap(([name, disk]) =>
    disk === unknown || [true, "true", unknown].includes(at(disk, "encrypted") as never)
      ? []
      : [`${name} is not encrypted`],
  );
}

function disksOf(type: string, props: Props): (readonly [string, unknown])[] {
  if (type === "aws:ec2/launchTemplate:LaunchTemplate") {
    return listAt(props, "blockDeviceMappings").map(
      (each) => [String(at(each, "deviceName")), at(each, "ebs")] as const,
    );
  }
  return [
    // Left out, the root disk is as the image has it: mostly plain.
    ["rootBlockDevice", props.rootBlockDevice],
    ...listAt(props, "ebsBlockDevices").map((each) => [String(at(each, "deviceName")), each] as const),
  ];
}
