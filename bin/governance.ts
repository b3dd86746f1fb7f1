import { dirname, join, resolve } from "node:path";
import type { Exported } from "../github/exported.ts";
import { moveGovernance, type States } from "../github/move-governance.ts";
import type { Entry } from "../settings/read-configuration.ts";
import { moveSections } from "../settings/move-sections.ts";
import type { CommonOptions } from "./command.ts";
import { knownStacks, runEngine } from "./engine.ts";
import { exitCodes, Failure } from "./exit-codes.ts";
import { findStack } from "./find-stack.ts";
import { printJson, teller } from "./print.ts";

export interface MoveOptions extends CommonOptions {
  /** @default governance */
  readonly to?: string;
}

/**
 * `slipway governance move`: what a stack declares on GitHub is declared by the governance stack from then on. Files and states only, nothing
 * is asked of GitHub. Safe to repeat after it was killed.
 */
export async function move(options: MoveOptions): Promise<void> {
  const { name: from, project, entries } = await findStack(options, { section: "slipway:github", changes: true });
  const { to = "governance" } = options;
  if (to === from) throw new Failure(`${to} is the stack itself. Fix: --to <another stack>`, exitCodes.usage);
  const tell = teller(options.json);
  const folder = options.configFile === undefined ? project.folder : dirname(resolve(options.configFile));
  const file = (stack: string) => join(folder, `Pulumi.${stack}.yaml`);
  const sections = moveSections(options.configFile ?? file(from), file(to));
  if (sections.length > 0) tell(`${file(to)} has now: ${sections.join(", ")}`);

  const known = await knownStacks(["--cwd", folder]);
  if (!known.has(from)) throw new Failure(`stack ${from} has no state, so its first update is all that there is to do`);
  if (!known.has(to)) await runEngine(["stack", "init", "--no-select", to, "--cwd", folder]);
  const states: States = { from: await exported(from, folder), to: await exported(to, folder) };
  const moved = moveGovernance(states, { from, to });
  // First where it goes: a command that is killed in between leaves it in both, and the next one takes it out.
  if (moved.taken.length > 0) await imported(to, folder, moved.to);
  await imported(from, folder, moved.from);

  for (const urn of moved.taken) tell(`  ${urn.split("::").slice(2).join(" ").replace(/^.*\$/, "")}`);
  if (moved.released.length > 0) {
    tell(`GitHub keeps these secrets, and no stack holds their values any more: ${moved.released.join(", ")}`);
    tell("Those who hold them write them with slipway secrets set");
  }
  const signed = sections.includes("slipway:repository") ? webhooksIn(entries) : [];
  if (signed.length > 0)
    tell(
      `Webhooks need their secrets in ${to}, which has a key of its own: ` +
        `pulumi config set --secret --stack ${to} --path slipway:webhookSecrets.<name>, for ${signed.join(", ")}`,
    );
  tell(`Nothing was changed on GitHub. Next: pulumi preview --stack ${to}, then pulumi up --stack ${from}`);
  if (options.json) printJson({ sections, taken: moved.taken, released: moved.released });
}

/** Names of the webhooks that a stack holds secrets of. */
function webhooksIn(entries: readonly Entry[]): string[] {
  const secrets = entries.find(({ key }) => key === "slipway:webhookSecrets")?.value ?? "{}";
  return Object.keys(JSON.parse(secrets) as object);
}

/** With plain secrets, because each stack has a key of its own; they stay in this process and the engine's. */
async function exported(stack: string, folder: string): Promise<Exported> {
  return JSON.parse(
    await runEngine(["stack", "export", "--show-secrets", "--stack", stack, "--cwd", folder]),
  ) as Exported;
}

async function imported(stack: string, folder: string, state: Exported): Promise<void> {
  await runEngine(["stack", "import", "--stack", stack, "--cwd", folder], {}, undefined, JSON.stringify(state));
}
