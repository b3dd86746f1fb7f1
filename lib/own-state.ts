import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

/** What the engine knows of this very stack, as its last update left it. */

const answer = z.object({ outputs: z.record(z.string(), z.unknown()) }).catch({ outputs: {} });
let asked: Promise<Record<string, unknown>> | undefined;

/** What this stack's last update put out under a name, secret or not; undefined if nothing. */
export async function lastOutput(name: string): Promise<unknown> {
  // What a StackReference asks, but without a resource: a refresh would find that one changed after every update.
  asked ??= ask("readStackOutputs", "name");
  return (await asked)[name];
}

/** Resources of this stack that its state knows: their type and outputs by URN. An update that asks is not among them. */
export const resourcesInState = async (): Promise<ReadonlyMap<string, unknown>> =>
  new Map(Object.entries(await ask("readStackResourceOutputs", "stackName")));

/** What the state knows of the resource of that name; undefined if it knows none. */
export const resourceNamed = (known: ReadonlyMap<string, unknown>, name: string): unknown =>
  [...known].find(([urn]) => urn.endsWith(`::${name}`))?.[1];

/** @param argument under which the question takes the stack's name */
async function ask(question: string, argument: string): Promise<Record<string, unknown>> {
  const self = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  return answer.parse(await pulumi.runtime.invoke(`pulumi:pulumi:${question}`, { [argument]: self })).outputs;
}
