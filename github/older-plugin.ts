import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** An input that @pulumi/github 6.15 has and the plugin built from Go modules (Terraform provider 5.45) does not. */
export interface MissingInput {
  /** Name of the resource's type: `RepositoryEnvironment`. */
  readonly resource: string;
  /** With dots where it is a part of another: `rules.mergeQueue`. */
  readonly input: string;
  /** The older plugin's name of the same thing. @default it has none, so the input is left out */
  readonly olderName?: string;
  /** What does its work instead, for people. */
  readonly instead: string;
}

const pullRequest = ["allowedMergeMethods", "requiredReviewers"].map((part) => `rules.pullRequest.${part}`);

/** Every input that Slipway uses and the older plugin lacks. */
export const missingInputs: readonly MissingInput[] = [
  { resource: "RepositoryEnvironment", input: "preventSelfReview", instead: "set through GitHub's API and read back" },
  {
    resource: "ActionsRepositoryPermissions",
    input: "shaPinningRequired",
    instead: "set through GitHub's API and read back",
  },
  ...pullRequest.map((input) => {
    return { resource: "RepositoryRuleset", input, instead: "set through GitHub's API and read back" };
  }),
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
    (missing) =>
      type.startsWith("github:") && missing.resource === resource && inputAt(inputs, missing.input) !== undefined,
  );
  const renamed = concerned.flatMap(({ input, olderName }) =>
    olderName === undefined ? [] : [[olderName, inputs[input]] as const],
  );
  const kept = concerned.reduce<Inputs>((left, { input }) => without(left, input.split(".")), inputs);
  return { inputs: { ...kept, ...Object.fromEntries(renamed) }, leftOut: concerned.filter((each) => !each.olderName) };
}

type Inputs = Readonly<Record<string, unknown>>;

/** An input by its path; undefined where it is not given. */
export const inputAt = (inputs: Inputs, path: string): unknown =>
  path.split(".").reduce<unknown>((value, part) => (value as Inputs | undefined)?.[part], inputs);

function without(inputs: Inputs, [first = "", ...rest]: readonly string[]): Inputs {
  const others = Object.entries(inputs).filter(([name]) => name !== first);
  return Object.fromEntries(rest.length === 0 ? others : [...others, [first, without(inputs[first] as Inputs, rest)]]);
}
