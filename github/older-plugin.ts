import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** An input that @pulumi/github 6.15 has and the plugin built from Go modules (Terraform provider 5.45) does not. */
export interface MissingInput {
  /** Name of the resource's type: `RepositoryEnvironment`. */
  readonly resource: string;
  readonly input: string;
  /** The older plugin's name of the same thing. @default it has none, so the input is left out */
  readonly olderName?: string;
  /** What does its work instead, for people. */
  readonly instead: string;
}

/** Every input that Slipway uses and the older plugin lacks. */
export const missingInputs: readonly MissingInput[] = [
  { resource: "RepositoryEnvironment", input: "preventSelfReview", instead: "set through GitHub's API and read back" },
  {
    resource: "ActionsRepositoryPermissions",
    input: "shaPinningRequired",
    instead: "set through GitHub's API and read back",
  },
  ...["ActionsSecret", "ActionsEnvironmentSecret", "DependabotSecret"].flatMap((resource) => [
    { resource, input: "valueEncrypted", olderName: "encryptedValue", instead: "encryptedValue, the older name" },
    { resource, input: "keyId", instead: "the plugin asks for the key itself" },
  ]),
];

/** Says, beside a plugin, that it was built here and not downloaded. */
export const builtMarker = "built-by-slipway";

/** Is the plugin that the engine will load for @pulumi/github the older one? */
export function isOlderPlugin(version: string, env: NodeJS.ProcessEnv = process.env): boolean {
  const home = env.PULUMI_HOME ?? join(homedir(), ".pulumi");
  return existsSync(join(home, "plugins", `resource-github-v${version}`, builtMarker));
}

/** Inputs as the older plugin takes them, and what had to be left out of them. */
export function forOlderPlugin(
  type: string,
  inputs: Readonly<Record<string, unknown>>,
): { inputs: Record<string, unknown>; leftOut: MissingInput[] } {
  const resource = type.split(":").at(-1);
  const concerned = missingInputs.filter(
    (missing) => type.startsWith("github:") && missing.resource === resource && inputs[missing.input] !== undefined,
  );
  const renamed = concerned.flatMap(({ input, olderName }) =>
    olderName === undefined ? [] : [[olderName, inputs[input]] as const],
  );
  const kept = Object.entries(inputs).filter(([name]) => !concerned.some(({ input }) => input === name));
  return { inputs: Object.fromEntries([...kept, ...renamed]), leftOut: concerned.filter((each) => !each.olderName) };
}
