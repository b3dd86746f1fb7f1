import { execFileSync } from "node:child_process";
import { S3Bucket } from "../emulators/s3/server.ts";

/** Keys of the bucket that {@link copyBucket} opens. */
export const bucketKeys = { accessKey: "AKIDSLIPWAYTEST", secretKey: "a secret key/with+signs" };

/** A bucket for copies of backups, which containers reach. @returns it and its address, as `slipway:backups.copyTo.repository` begins */
export async function copyBucket(): Promise<{ readonly bucket: S3Bucket; readonly repository: string }> {
  const format = "{{range .IPAM.Config}}{{.Gateway}}{{end}}";
  const gateway = execFileSync("docker", ["network", "inspect", "bridge", "--format", format], { encoding: "utf8" });
  const bucket = new S3Bucket("backups", bucketKeys);
  return { bucket, repository: `s3:${await bucket.listen(gateway.trim())}/${bucket.name}` };
}
