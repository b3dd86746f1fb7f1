import { awsTypes } from "../../../lib/aws/inputs.ts";
import type { Properties, Value } from "../../../toolchain/offline/grpc/values.ts";
import type { World } from "./world.ts";

/**
 * What ECS does with a service, as far as a stack meets it.
 *
 * - A deployment whose alarm goes off, or whose tasks don't start, ends with the revision before:
 *   https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html
 * - An alarm that is on as a deployment begins is not watched during it:
 *   https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
 * - A first deployment has no revision to go back to: the service stays at the one that does not start (the same page).
 * - A good one leaves the weights of both rules exchanged (aws/aws-cdk#36649).
 */

/** What a test says of the world, under this key: versions that turn bad, with what happens to them. */
export const behaviour = "behaviour";

/** How a deployment ended. */
export interface Ended {
  readonly problem?: string;
}

type Parts = Readonly<Record<string, unknown>>;
/** A text; of anything else an empty one. */
export const text = (value: unknown): string => (typeof value === "string" ? value : "");
const parts = (value: unknown) => (value ?? {}) as Parts;
const list = (value: unknown) => (value ?? []) as readonly unknown[];

/** The version that a revision says it is. */
function versionOf(world: World, arn: unknown): string {
  const definition = world.find(String(arn))?.containerDefinitions;
  const [container] = JSON.parse(typeof definition === "string" ? definition : "[]") as Parts[];
  const found = list(container?.environment).find((each) => parts(each).name === "SLIPWAY_VERSION");
  return String(parts(found).value);
}

/** Has ECS take a service to what its inputs say. @param before what it ran; none at its first day */
export function deploy(world: World, key: string, inputs: Properties, before: Properties | undefined): Ended {
  const rules = rulesOf(inputs);
  const rejected = rejection(world, inputs, rules);
  const [from, to] = [before?.taskDefinition, inputs.taskDefinition];
  const said = (message: string) => {
    note(world, key, message);
  };
  if (rejected === undefined) {
    world.change(key, inputs, { running: Number(inputs.desiredCount) });
    if (from !== to || before === undefined) for (const rule of rules) exchange(world, rule);
    said(`(service ${text(inputs.name)}) deployment completed.`);
    return {};
  }
  // What never ran is nothing to go back to.
  const isFirst = from === undefined || world.thing(key)?.told.running === 0;
  world.change(key, { ...inputs, ...(isFirst ? {} : { taskDefinition: from }) }, isFirst ? { running: 0 } : {});
  said(`(service ${text(inputs.name)}) ${rejected}`);
  const why = isFirst
    ? "timeout while waiting for state to become 'SUCCESSFUL'"
    : "unexpected state 'ROLLBACK_SUCCESSFUL'";
  return { problem: `waiting for ECS Service (${key}) deployment: ${why}: ${rejected}` };
}

function rulesOf(inputs: Properties): string[] {
  const advanced = parts(parts(list(inputs.loadBalancers)[0]).advancedConfiguration);
  return [advanced.productionListenerRule, advanced.testListenerRule].filter((rule) => typeof rule === "string");
}

function rejection(world: World, inputs: Properties, rules: readonly string[]): string | undefined {
  for (const rule of rules) {
    if (targets(world, rule).length < 2) return "Both targetGroup and alternateTargetGroup must be associated";
  }
  const bad = parts(parts(world.find(behaviour)).bad)[versionOf(world, inputs.taskDefinition)];
  if (typeof bad !== "string") return undefined;
  const names = list(parts(inputs.alarms).alarmNames).map(String);
  const isAlarm = bad.startsWith("alarm ");
  const isOn = names.some((name) => world.thing(name)?.told.state === "ALARM");
  return isAlarm && isOn ? undefined : bad;
}

const targets = (world: World, rule: string) =>
  list(parts(parts(list(world.find(rule)?.actions)[0]).forward).targetGroups).map(parts);

function exchange(world: World, rule: string): void {
  const inputs = world.find(rule);
  if (inputs === undefined) return;
  const targetGroups = targets(world, rule).map(({ arn, weight }) => ({ arn, weight: 100 - Number(weight) }));
  world.change(rule, { ...inputs, actions: [{ type: "forward", forward: { targetGroups } }] as Value });
}

function note(world: World, key: string, message: string): void {
  const thing = world.thing(key);
  if (thing === undefined) return;
  const events = [{ message, createdAt: "2026-01-01T00:00:00Z", id: "e" }, ...list(thing.told.events)] as Value;
  world.change(key, thing.inputs, { events });
}

/** What the data source `aws:ecs/getService:getService` answers of it. */
export function lookAtService(world: World, { clusterArn, serviceName }: Properties): Properties | undefined {
  const cluster = text(clusterArn).split("/").at(-1);
  const key = Object.keys(world.all()).find((each) => each.endsWith(`:service/${cluster ?? ""}/${text(serviceName)}`));
  const thing = key === undefined ? undefined : world.thing(key);
  if (key === undefined || thing?.type !== awsTypes.ecsService) return undefined;
  const { running = 0, events = [] } = thing.told;
  return { arn: key, taskDefinition: thing.inputs.taskDefinition ?? "", runningCount: running, events };
}
