import type { Rule } from "../rule.ts";

/** What people's data lie in. A volume of Docker's is kept on its host by Slipway whatever a plan says (invariant I14 of the design). */
const holdsData = new Set([
  "aws:dynamodb/table:Table",
  "aws:ebs/volume:Volume",
  "aws:ec2/eip:Eip",
  "aws:ecr/repository:Repository",
  "aws:efs/fileSystem:FileSystem",
  "aws:elasticache/replicationGroup:ReplicationGroup",
  "aws:kms/key:Key",
  "aws:rds/cluster:Cluster",
  "aws:rds/instance:Instance",
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketV2:BucketV2",
]);

/** Without it one edit of a field that forces a replacement deletes the data, and the plan that says so is long. */
export const dataIsProtected: Rule = {
  name: "slipway-data-is-protected",
  description: "What holds data, or an address that others know, is protected from deletion",
  fix: "declare it with the option protect: true",
  problems: ({ type, isProtected }) =>
    holdsData.has(type) && !isProtected ? ["it is not protected from deletion"] : [],
};
