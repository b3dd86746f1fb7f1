import type { Rule } from "../rule.ts";
import { at, listAt, unknown, type Seen } from "../seen.ts";

/** What a bill, a clean-up and whoever finds it must be able to tell: whose it is. */
const wanted = ["slipway.service", "slipway.stack"];
const onDocker = /^docker:index\/(container:Container|network:Network|volume:Volume)$/;
/** Types of AWS that have tags and are made by, or could be in, a stack of a service. */
const onAws = new Set(
  [
    "cloudwatch/logGroup:LogGroup",
    "cloudwatch/metricAlarm:MetricAlarm",
    "dynamodb/table:Table",
    "ebs/volume:Volume",
    "ec2/eip:Eip",
    "ec2/instance:Instance",
    "ec2/securityGroup:SecurityGroup",
    "ec2/subnet:Subnet",
    "ec2/vpc:Vpc",
    "ecr/repository:Repository",
    "ecs/cluster:Cluster",
    "ecs/service:Service",
    "ecs/taskDefinition:TaskDefinition",
    "efs/fileSystem:FileSystem",
    "iam/instanceProfile:InstanceProfile",
    "iam/role:Role",
    "kms/key:Key",
    "lb/loadBalancer:LoadBalancer",
    "lb/targetGroup:TargetGroup",
    "rds/cluster:Cluster",
    "rds/instance:Instance",
    "s3/bucket:Bucket",
    "secretsmanager/secret:Secret",
  ].map((type) => `aws:${type}`),
);

/** What nobody can name is paid for and kept for ever. */
export const thingsAreTagged: Rule = {
  name: "slipway-things-are-tagged",
  description: "Each thing says whose it is",
  fix: `give it the tags ${wanted.join(" and ")}, on Docker labels`,
  problems: (seen) => {
    const has = tagsOf(seen);
    if (has === undefined) return [];
    const missing = wanted.filter((tag) => !has.includes(tag));
    return missing.length === 0 ? [] : [`it has no ${missing.join(" and no ")}`];
  },
};

/** Names of its tags; nothing where it needs none, or they are not known yet. */
function tagsOf(seen: Seen): readonly unknown[] | undefined {
  const { type, props } = seen;
  if (onDocker.test(type)) {
    // The provider sorts nothing: a list that is not whole may still have them.
    const labels = props.labels;
    if (labels === unknown || (Array.isArray(labels) && labels.includes(unknown))) return undefined;
    return listAt(props, "labels").map((each) => at(each, "label"));
  }
  if (!onAws.has(type)) return undefined;
  if (props.tags === unknown || props.tagsAll === unknown) return undefined;
  return Object.keys({ ...(props.tags ?? {}), ...(props.tagsAll ?? {}) });
}
