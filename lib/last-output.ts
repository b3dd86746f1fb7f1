import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

const answer = z.object({ outputs: z.record(z.string(), z.unknown()) }).catch({ outputs: {} });
let asked: Promise<z.infer<typeof answer>> | undefined;

/** What this stack's last update put out under a name, secret or not; undefined if nothing. */
export async function lastOutput(name: string): Promise<unknown> {
  asked ??= ask();
  return (await asked).outputs[name];
}

/** What a StackReference asks, but without a resource: a refresh would find that one changed after every update. */
async function ask(): Promise<z.infer<typeof answer>> {
  const self = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  return answer.parse(await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: self }));
}
