/**
 * The vendor's plugin whose resources these are. Its npm package is no dependency: with it in node_modules the vendor's engine would download
 * the plugin, some 700 MB, for every stack. So resources are declared by type and inputs; `test/emulators/aws/inputs.json` holds what the
 * package declares of them, and tests hold these against it.
 */
export const awsPlugin = { name: "aws", version: "7.48.0" } as const;

/** Type tokens by what they are. */
export const awsTypes = {
  securityGroup: "aws:ec2/securityGroup:SecurityGroup",
  ingress: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  egress: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
  role: "aws:iam/role:Role",
  rolePolicy: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  instanceProfile: "aws:iam/instanceProfile:InstanceProfile",
  volume: "aws:ebs/volume:Volume",
  instance: "aws:ec2/instance:Instance",
  attachment: "aws:ec2/volumeAttachment:VolumeAttachment",
  address: "aws:ec2/eip:Eip",
  addressOf: "aws:ec2/eipAssociation:EipAssociation",
  inlinePolicy: "aws:iam/rolePolicy:RolePolicy",
  loadBalancer: "aws:lb/loadBalancer:LoadBalancer",
  targetGroup: "aws:lb/targetGroup:TargetGroup",
  listener: "aws:lb/listener:Listener",
  listenerRule: "aws:lb/listenerRule:ListenerRule",
  cluster: "aws:ecs/cluster:Cluster",
  ecsService: "aws:ecs/service:Service",
  taskDefinition: "aws:ecs/taskDefinition:TaskDefinition",
  logGroup: "aws:cloudwatch/logGroup:LogGroup",
  alarm: "aws:cloudwatch/metricAlarm:MetricAlarm",
  secret: "aws:secretsmanager/secret:Secret",
  secretVersion: "aws:secretsmanager/secretVersion:SecretVersion",
  scalableTarget: "aws:appautoscaling/target:Target",
  scalingPolicy: "aws:appautoscaling/policy:Policy",
} as const;
export type AwsKind = keyof typeof awsTypes;
