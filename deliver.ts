import * as pulumi from "@pulumi/pulumi";
import { hostTarget } from "./components/host-target.ts";
import { noTarget, refuseOtherTarget, type Delivered, type Target } from "./components/target.ts";
import type { HostSettings } from "./lib/hosts/schema.ts";
import { keepRules } from "./github/plan/last-rules.ts";
import { endsWhole } from "./lib/whole-program.ts";
import { loadSettings, type StackSettings } from "./settings/load-settings.ts";

/** What a stack puts out: README.md says what each output is. */
export interface Outputs extends Delivered {
  /** How strict the repositories' rules are: the next update may not weaken them unasked. */
  readonly rules: unknown;
  /** Machines that this stack makes. */
  readonly machines: object;
  /** What a Prometheus needs to watch it, or where its own is; the engine warns of an output without a value. */
  readonly monitoring: unknown;
}

/**
 * The whole program: declares the sections that the stack's configuration names. Once in a program, whose outputs all of these have to be:
 * the next update reads some of them.
 *
 * @throws pulumi.RunError that lists every problem of the configuration; nothing has been touched by then
 */
export async function deliver(): Promise<Outputs> {
  // Node strips types in place, so its own stack traces are right. The SDK's hook would look up source maps for each of the thousands of
  // promises whose origin it notes: a sixth of a preview.
  Reflect.deleteProperty(Error, "prepareStackTrace");
  endsWhole();
  await pulumi.requirePulumiVersion(">=3.250.0");

  const stack = await loadSettings();
  const { github, policy } = stack.settings;
  if (policy.exceptions.length > 0) await letPass(stack);
  const rules = github ? await governRepositories(github, stack) : await keepRules();
  const machines = await declareMachines(stack);
  const target = await chooseTarget(stack);
  const delivered = await target.deliver(stack);
  return { rules, machines, ...delivered, monitoring: await watchStack(stack) };
}

// Loaded only here, so that a stack without these sections does not pay for them.

async function chooseTarget({ stack, settings: { target, host, front, ecs } }: StackSettings): Promise<Target> {
  await refuseOtherTarget(stack, target);
  if (target === "host") return host ? targetOn(host, front) : noTarget;
  const { ecsTarget } = await import("./components/aws/ecs-target.ts");
  if (ecs === undefined) throw new Error("slipway:ecs: is missing, and nobody said so");
  return ecsTarget(ecs);
}

/** A service, or the front of several. */
async function targetOn(host: HostSettings, front: StackSettings["settings"]["front"]): Promise<Target> {
  if (front === undefined) return hostTarget(host);
  const { frontTarget } = await import("./components/front-target.ts");
  return frontTarget(host, front);
}

async function governRepositories(section: NonNullable<StackSettings["settings"]["github"]>, stack: StackSettings) {
  const github = await import("./components/github.ts");
  return github.governRepositories(section, stack);
}

async function letPass({ settings }: StackSettings) {
  const { PolicyExceptions } = await import("./components/policy-exceptions.ts");
  await new PolicyExceptions("policy", settings.policy).seen;
}

async function declareMachines(stack: StackSettings) {
  if (stack.settings.aws === undefined) return {};
  const { makeMachines } = await import("./components/aws/machines.ts");
  return makeMachines(stack.settings.aws, stack);
}

async function watchStack(stack: StackSettings) {
  if (stack.settings.monitoring === undefined) return {};
  const { monitoringOutput } = await import("./components/monitoring/monitoring.ts");
  return monitoringOutput(stack);
}
