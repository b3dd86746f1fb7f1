import { awsTypes } from "../../../lib/aws/inputs.ts";
import type { Properties } from "../../../toolchain/offline/grpc/values.ts";
import { random, type World } from "./world.ts";

/** What AWS calls a new thing, and what it tells of it. */
export interface Named {
  /** In the world: unlike the id it is that of one thing alone. */
  readonly key: string;
  readonly id: string;
  readonly told: Properties;
}

const account = "123456789012";
const text = (value: unknown) => (typeof value === "string" ? value : "");

const byArn = (arn: string, told: Properties = {}): Named => ({ key: arn, id: arn, told: { arn, ...told } });
const balancing = (kind: string, more: (suffix: string) => Properties = () => ({})): Named => {
  const suffix = `${kind}/${random("x")}`;
  const arn = `arn:aws:elasticloadbalancing:eu-central-1:${account}:${suffix}`;
  return byArn(arn, more(suffix));
};

/** Of each type that AWS tells more of than its id: ids and ARNs in the forms of the vendor's plugin. */
const namers: Readonly<Record<string, (inputs: Properties, world: World) => Named>> = {
  [awsTypes.address]: () => {
    const id = random("eip");
    const last = (Buffer.from(id).reduce((sum, byte) => sum + byte, 0) % 250) + 1;
    return { key: id, id, told: { publicIp: `198.51.100.${String(last)}` } };
  },
  [awsTypes.role]: () => {
    const id = random("role");
    return { key: id, id, told: { arn: `arn:aws:iam::${account}:role/${id}` } };
  },
  [awsTypes.loadBalancer]: () =>
    balancing("loadbalancer/app", (suffix) => ({
      arnSuffix: suffix.replace("loadbalancer/", ""),
      dnsName: `${random("entrance")}.eu-central-1.elb.amazonaws.com`,
    })),
  [awsTypes.targetGroup]: () => balancing("targetgroup", (arnSuffix) => ({ arnSuffix })),
  [awsTypes.listener]: () => balancing("listener/app"),
  [awsTypes.listenerRule]: () => balancing("listener-rule/app"),
  [awsTypes.cluster]: ({ name }) => byArn(`arn:aws:ecs:eu-central-1:${account}:cluster/${text(name)}`),
  [awsTypes.ecsService]: ({ cluster, name }) =>
    byArn(`arn:aws:ecs:eu-central-1:${account}:service/${text(cluster).split("/").at(-1) ?? ""}/${text(name)}`),
  [awsTypes.secret]: () => byArn(`arn:aws:secretsmanager:eu-central-1:${account}:secret:${random("s")}`),
  [awsTypes.secretVersion]: ({ secretId }) => {
    const versionId = random("v");
    const id = `${text(secretId)}|${versionId}`;
    return { key: id, id, told: { versionId } };
  },
  [awsTypes.logGroup]: ({ name }) => named(text(name), `logs:eu-central-1:${account}:log-group:${text(name)}`),
  [awsTypes.alarm]: ({ name }) => named(text(name), `cloudwatch:eu-central-1:${account}:alarm:${text(name)}`),
  [awsTypes.taskDefinition]: ({ family }, world) => {
    const before = Object.keys(world.all()).filter((key) => key.includes(`:task-definition/${text(family)}:`)).length;
    const arn = `arn:aws:ecs:eu-central-1:${account}:task-definition/${text(family)}:${String(before + 1)}`;
    return { key: arn, id: text(family), told: { arn, revision: before + 1 } };
  },
};

const named = (name: string, end: string): Named => ({ key: name, id: name, told: { arn: `arn:aws:${end}` } });

export function nameOf(type: string, inputs: Properties, world: World): Named {
  const noun = type.split(":").at(-1)?.toLowerCase() ?? "";
  const id = random(noun === "volume" ? "vol" : noun === "instance" ? "i" : noun);
  return namers[type]?.(inputs, world) ?? { key: id, id, told: {} };
}

/** Names of what AWS will tell of a thing of that type. */
export const toldOf = (type: string, inputs: Properties, world: World): string[] =>
  Object.keys(nameOf(type, inputs, world).told);
