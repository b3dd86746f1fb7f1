import * as pulumi from "@pulumi/pulumi";
import { hostTarget } from "./components/host-target.ts";
import { noTarget } from "./components/target.ts";
import { keepRules } from "./github/plan/last-rules.ts";
import { loadSettings } from "./settings/load-settings.ts";

// Node strips types in place, so its own stack traces are right. The SDK's hook would look up source maps for each of the thousands of
// promises whose origin it notes: a sixth of a preview.
Reflect.deleteProperty(Error, "prepareStackTrace");
await pulumi.requirePulumiVersion(">=3.250.0");

const stack = loadSettings();
const { host, github, policy, aws } = stack.settings;
if (policy.exceptions.length > 0) await letPass();

/** How strict the repositories' rules are: the next update may not weaken them unasked. */
export const rules = github ? await governRepositories(github) : await keepRules();

/** Machines that this stack makes. */
export const machines = aws ? await declareMachines(aws) : {};

/** A stack declares the sections that its configuration names; the service's needs a target. */
const target = host ? hostTarget(host) : noTarget;
export const { url, live, standby, proxy, hosts } = await target.deliver(stack);

/** What a Prometheus needs to watch it, or where its own is; the engine warns of an output without a value. */
export const monitoring = stack.settings.monitoring ? await watchStack() : {};

/** Loaded only here, so that a stack without these sections does not pay for them. */
async function governRepositories(section: NonNullable<typeof github>) {
  const github = await import("./components/github.ts");
  return github.governRepositories(section, stack);
}

async function letPass() {
  const { PolicyExceptions } = await import("./components/policy-exceptions.ts");
  await new PolicyExceptions("policy", policy).seen;
}

async function declareMachines(section: NonNullable<typeof aws>) {
  const { makeMachines } = await import("./components/aws/machines.ts");
  return makeMachines(section, stack);
}

async function watchStack() {
  const { monitoringOutput } = await import("./components/monitoring/monitoring.ts");
  return monitoringOutput(stack);
}
