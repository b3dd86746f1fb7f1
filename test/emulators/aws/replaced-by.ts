import { awsTypes } from "../../../lib/aws/inputs.ts";

/**
 * Fields that AWS can't change on what is there, by type; from the source of Terraform's provider (ForceNew), as the package's declarations do
 * not say it. Looked through again when `awsPlugin` names another version.
 */
const forced: Readonly<Record<string, readonly string[] | "all">> = {
  [awsTypes.instance]: [
    "ami",
    "subnetId",
    "availabilityZone",
    "keyName",
    "privateIp",
    "rootBlockDevice.encrypted",
    "rootBlockDevice.kmsKeyId",
  ],
  [awsTypes.volume]: ["availabilityZone", "encrypted", "kmsKeyId", "snapshotId"],
  [awsTypes.attachment]: "all",
  [awsTypes.addressOf]: "all",
  [awsTypes.address]: ["domain"],
  [awsTypes.securityGroup]: ["name", "description", "vpcId"],
  [awsTypes.ingress]: ["securityGroupId"],
  [awsTypes.egress]: ["securityGroupId"],
  [awsTypes.role]: ["name", "path"],
  [awsTypes.rolePolicy]: "all",
  [awsTypes.instanceProfile]: ["name", "path"],
  [awsTypes.inlinePolicy]: ["name", "role"],
  [awsTypes.loadBalancer]: ["name", "internal", "loadBalancerType"],
  [awsTypes.targetGroup]: ["name", "port", "protocol", "protocolVersion", "targetType", "vpcId"],
  [awsTypes.listener]: ["loadBalancerArn"],
  [awsTypes.listenerRule]: ["listenerArn"],
  [awsTypes.cluster]: ["name"],
  [awsTypes.ecsService]: ["cluster", "launchType", "name", "iamRole", "schedulingStrategy"],
  [awsTypes.taskDefinition]: [
    "family",
    "containerDefinitions",
    "cpu",
    "memory",
    "executionRoleArn",
    "taskRoleArn",
    "networkMode",
    "requiresCompatibilities",
    "volumes",
    "runtimePlatform",
  ],
  [awsTypes.logGroup]: ["name", "logGroupClass"],
  [awsTypes.alarm]: ["name"],
  [awsTypes.secret]: ["name"],
  [awsTypes.secretVersion]: ["secretId", "secretString"],
  [awsTypes.scalableTarget]: ["resourceId", "scalableDimension", "serviceNamespace"],
  [awsTypes.scalingPolicy]: ["name", "resourceId", "scalableDimension", "serviceNamespace"],
};

/** Whether a change of that field makes another resource. Pure. */
export function replacedBy(type: string, path: string): boolean {
  const fields = forced[type] ?? [];
  return fields === "all" || fields.includes(path.replace(/\[.*$/, ""));
}
