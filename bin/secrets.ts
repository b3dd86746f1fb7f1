import { text } from "node:stream/consumers";
import { formatProblems } from "../lib/problem.ts";
import { withoutLineEnd } from "../lib/secrets/ask-store.ts";
import { neededSecrets, placeOf } from "../github/kinds/secret.ts";
import type { GitHubSections } from "../github/schema.ts";
import { listedSections, storesOf } from "../github/sections.ts";
import { writeSecret } from "../github/write-secret.ts";
import { readFile } from "../settings/read-configuration.ts";
import type { CommonOptions } from "./command.ts";
import { exitCodes, Failure } from "./exit-codes.ts";
import { findStack } from "./find-stack.ts";
import { printJson, teller } from "./print.ts";

export interface SecretOptions extends CommonOptions {
  /** One of `slipway:repositories`. @default the stack's own, or the only one that it lists */
  readonly repository?: string;
}

/**
 * `slipway secrets set`: seals a value with GitHub's key and writes it. It is in no stack and no state; who runs this needs a token that may
 * write secrets, and no key of a stack.
 *
 * @param place repository, dependabot, or the name of an environment
 * @throws Failure for a name that no workflow reads from there
 */
export async function setSecret(place: string, name: string, options: SecretOptions): Promise<void> {
  const { entries, name: stack } = await findStack(options, { section: "slipway:github", changes: true });
  const read = readFile(entries);
  if ("problems" in read) throw new Failure(formatProblems(read.problems));
  const { settings, github } = chosen(read.settings, stack, options.repository);
  const stores = storesOf(settings);
  const store = stores.find((each) => placeOf(each.store) === place);
  if (store === undefined) {
    const known = stores.map((each) => placeOf(each.store)).join(", ") || "nothing";
    throw new Failure(`stack ${stack} declares no secrets of ${place}; allowed ${known}`, exitCodes.usage);
  }
  const known = [...neededSecrets(store), ...store.names];
  if (!known.includes(name)) {
    const allowed = known.join(", ") || "none";
    throw new Failure(
      `no workflow reads ${name} from ${place}; allowed ${allowed}. Fix: name it under secretsUsedElsewhere if another one does`,
      exitCodes.usage,
    );
  }
  const value = withoutLineEnd(await text(process.stdin));
  if (value === "")
    throw new Failure("standard input is empty. Fix: … < file, or printf %s <value> | …", exitCodes.usage);
  await writeSecret(github, process.env.GITHUB_TOKEN ?? "", { store: store.store, name, value });
  if (options.json) printJson({ store: place, name });
  else teller(false)(`${name} of ${place} is written`);
}

/** What the stack says of one of its repositories. */
function chosen(all: GitHubSections, stack: string, wanted: string | undefined) {
  const named = [all, ...listedSections(all)].flatMap((settings) => {
    const { github } = settings;
    return github?.repository === undefined ? [] : [{ settings, github: { ...github, repository: github.repository } }];
  });
  const own = all.github?.repository;
  const name = wanted ?? own ?? (named.length === 1 ? named[0]?.github.repository : undefined);
  const found = named.find(({ github }) => github.repository === name);
  if (found) return found;
  const allowed = named.map(({ github }) => github.repository).join(", ") || "none";
  throw new Failure(
    `stack ${stack} declares ${wanted === undefined ? "several repositories" : `no repository ${wanted}`}; allowed ${allowed}. Fix: --repository <name>`,
    exitCodes.usage,
  );
}
