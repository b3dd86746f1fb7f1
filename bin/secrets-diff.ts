import { releaseScript } from "../lib/releases/slot-scripts.ts";
import { otherSecrets, serviceSecrets, type SecretSources } from "../settings/secret-sources.ts";
import type { CommonOptions } from "./command.ts";
import { errorsOf } from "./controller.ts";
import { exitCodes } from "./exit-codes.ts";
import { findStack } from "./find-stack.ts";
import { hostsIn, onEachHost, runOnHost } from "./hosts.ts";
import { printJson, teller } from "./print.ts";

export interface DiffOptions extends CommonOptions {
  /** Another stack. @default the live release */
  readonly with?: string;
}

/** A secret by name, and where it comes from on either side; null where there is none. */
interface Compared {
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** `slipway secrets diff`: names, and where each comes from. What must never happen here: a value, or what could tell one from another. */
export async function diffSecrets(options: DiffOptions): Promise<void> {
  const stack = await findStack(options, { section: ["slipway:host", "slipway:github"], changes: false });
  if (options.with !== undefined) {
    const { json, with: other } = options;
    const found = await findStack({ stack: other }, { section: "slipway:host", changes: false });
    const differences = compare(allSecrets(stack.entries), allSecrets(found.entries));
    if (json) printJson({ from: stack.name, to: found.name, secrets: differences });
    else for (const line of describe(differences, stack.name, found.name)) teller(false)(line);
    return;
  }
  const declared = serviceSecrets(stack.entries);
  const { hosts } = hostsIn(stack);
  await onEachHost(hosts, options, async (host, tell) => {
    const script = { text: releaseScript("held-secrets"), env: { PREFIX: host.prefix }, timeoutSeconds: 30 };
    const { code, said, errors } = await runOnHost(host, script, {
      said: () => undefined,
      error: errorsOf(hosts, host),
    });
    if (code !== exitCodes.done) return { code, result: { error: errors.join("\n") } };
    const live = Object.fromEntries(said.map((name) => [name, "live"]));
    const differences = compare(live, declared);
    for (const line of describe(differences, "live", "settings")) tell(line);
    return { code, result: { from: "live", to: "settings", secrets: differences } };
  });
}

const allSecrets = (entries: Parameters<typeof serviceSecrets>[0]): SecretSources => ({
  ...serviceSecrets(entries),
  ...Object.fromEntries(otherSecrets(entries).map((path) => [path, "its setting"])),
});

function compare(from: SecretSources, to: SecretSources): Compared[] {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return names.map((name) => ({ name, from: from[name] ?? null, to: to[name] ?? null }));
}

/** As a diff: what only the second has, what only the first has, and what both have. */
function describe(secrets: readonly Compared[], first: string, second: string): string[] {
  if (secrets.length === 0) return [`Neither ${first} nor ${second} has a secret`];
  const width = Math.max(...secrets.map(({ name }) => name.length));
  return [
    `- ${first}`,
    `+ ${second}`,
    ...secrets.map(({ name, from, to }) => {
      const mark = from === null ? "+" : to === null ? "-" : " ";
      const shown = [from, to].filter((source) => source !== null && source !== "live");
      return `${mark} ${name.padEnd(width)}  ${[...new Set(shown)].join(" → ")}`.trimEnd();
    }),
  ];
}
