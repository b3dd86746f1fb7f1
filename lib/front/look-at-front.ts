import * as pulumi from "@pulumi/pulumi";
import { doorsFolder, frontFile, maxPrefix } from "../../router/behind.ts";
import { parseFront } from "../../router/front.ts";
import { hostsOf } from "../entrance/entrance-settings.ts";
import { askHost } from "../hosts/ask-host.ts";
import type { HostConnection } from "../hosts/host-connection.ts";
import type { HostNames } from "../hosts/naming.ts";
import type { Problem } from "../problem.ts";
import { doorsOf } from "./names.ts";

/** What a front on a host passes on: names to stacks; `gone` where there is no such front, undefined where nobody could look. */
type FoundFront = Readonly<Record<string, string>> | "gone" | undefined;

/** Prints `gone`, or what the front has written of itself; fails where none of its proxies runs. */
const script = `
docker volume inspect "$DOORS" > /dev/null 2>&1 || { echo gone; exit 0; }
docker exec "$FRONT-proxy-1" cat "$FILE" 2> /dev/null || docker exec "$FRONT-proxy-2" cat "$FILE"
`;

async function found(connection: HostConnection, front: string): Promise<FoundFront> {
  const env = { DOORS: doorsOf(front), FRONT: front, FILE: frontFile(doorsFolder) };
  const { code, stdout } = await askHost(connection, { text: script, env, timeoutSeconds: 20 });
  if (code !== 0) return undefined;
  return stdout.trim() === "gone" ? "gone" : parseFront(stdout).names;
}

/** The stack to which a front passes a name; undefined if it knows none. */
function stackOf(names: Readonly<Record<string, string>>, name: string): string | undefined {
  const below = Object.keys(names)
    .filter((each) => each.startsWith("*") && name.endsWith(each.slice(1)))
    .sort((one, other) => other.length - one.length)[0];
  return names[name] ?? (below === undefined ? undefined : names[below]);
}

/**
 * Why a stack can't be behind the front that it names, and, as a warning, which of its names that does not know yet.
 *
 * @param settings of the stack
 */
export async function behindProblems(
  connection: HostConnection,
  { prefix }: Pick<HostNames, "prefix">,
  settings: Parameters<typeof hostsOf>[0] & { readonly behind?: string | undefined },
): Promise<Problem[]> {
  const { behind } = settings;
  if (behind === undefined) return [];
  if (prefix.length > maxPrefix) return [tooLong(prefix)];
  const front = await found(connection, behind);
  if (front === "gone") return [noFront(behind)];
  if (front === undefined) {
    await pulumi.log.warn(
      `slipway:behind: the front ${behind} does not run, so nobody reaches this stack, and where its names lead was not looked at. Fix: docker ps --all on the host, or pulumi up of the front's stack`,
    );
    return [];
  }
  const names = hostsOf({ ...settings, loadBalancer: undefined }).filter((name) => !name.startsWith("."));
  const unknown = names.filter((name) => stackOf(front, name) === undefined);
  for (const name of unknown) await pulumi.log.warn(notNamed(behind, name, prefix));
  return names.flatMap((name) => {
    const to = stackOf(front, name);
    return to === undefined || to === prefix ? [] : [taken(name, to, prefix, behind)];
  });
}

const notNamed = (front: string, name: string, prefix: string) =>
  `slipway:url: the front ${front} does not know ${name} yet, so nobody reaches it. Fix, in the front's stack: ${naming(name, prefix)} && pulumi up`;

const naming = (name: string, prefix: string) => `pulumi config set --path 'slipway:front.names["${name}"]' ${prefix}`;

const taken = (name: string, to: string, prefix: string, front: string): Problem => ({
  path: "slipway:url",
  problem: "the front passes this name on to another stack",
  got: `${name} to ${to}`,
  allowed: `a name that ${front} passes on to ${prefix}, or does not know yet`,
  fix: `choose another name, or, in the front's stack: ${naming(name, prefix)} && pulumi up`,
});

const noFront = (front: string): Problem => ({
  path: "slipway:behind",
  problem: "there is no such front on the host",
  got: front,
  allowed: "<service>-<stack> of a stack with slipway:front that is up there",
  fix: "pulumi up of the front's stack first (docs/several-services.md)",
});

const tooLong = (prefix: string): Problem => ({
  path: "slipway:service",
  problem: "is too long together with the stack's name for a stack behind a front",
  got: prefix,
  allowed: `at most ${String(maxPrefix)} characters`,
  fix: "a shorter name for a new stack",
});
