import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { join as joinWords } from "shlex";
import { askHost } from "../lib/hosts/ask-host.ts";
import { hostsOf, type HostConnection } from "../lib/hosts/host-connection.ts";
import type { HostSettings } from "../lib/hosts/schema.ts";
import { adopting } from "../lib/releases/adopting.ts";
import { mendedLabel } from "../lib/releases/mending.ts";
import { startAdoptingProvider, type DockerKind, type Found } from "./adopting-provider.ts";
import { runEngine, type ReadStack } from "./engine.ts";

/** Longest that adopting may take, in ms. */
const adoptMs = 30 * 60_000;
/** Longest that one look at an object may take, in seconds. */
const lookSeconds = 15;

/** What became of the hosts, and what the next update would do. */
export interface AdoptedHosts {
  readonly adopted: readonly string[];
  /** Resources by what the next update would do to them, other than leaving them. */
  readonly next: Readonly<Record<string, readonly string[]>>;
}

/** Takes what the stack's hosts have already into its state; changes nothing there. @throws Failure */
export async function adoptHosts(
  first: HostSettings,
  { settings, args }: ReadStack,
  tell: (line: string) => void,
): Promise<AdoptedHosts> {
  const connections = new Map(
    hostsOf(first, settings.hosts).map(({ connection }) => [connection.provider.host, connection]),
  );
  tell("Taking over what is on the hosts (usually under a minute, at most 30 min) …");
  const adopted: string[] = [];
  const provider = await startAdoptingProvider({
    plugin: dockerPlugin(),
    find: async (host, kind, object) => {
      const connection = connections.get(host);
      return connection && findOn(connection, kind, object);
    },
    adopted: (kind, object) => {
      adopted.push(`${kind} ${object}`);
      tell(`  ${kind} ${object}`);
    },
  });
  try {
    const env = { PULUMI_DEBUG_PROVIDERS: `docker:${String(provider.port)}`, ...adopting };
    await runEngine(["up", "--yes", "--skip-preview", "--json", ...args], env, adoptMs);
  } finally {
    provider.stop();
  }
  tell("Looking at what the next update would do (a preview, at most 10 min) …");
  return { adopted, next: changesIn(await runEngine(["preview", "--json", ...args])) };
}

/** The provider's ids: a volume's is its name, an image's has its name behind. */
async function findOn(connection: HostConnection, kind: DockerKind, name: string): Promise<Found | undefined> {
  const id = kind === "volume" ? ".Name" : ".Id";
  const labels = kind === "container" || kind === "image" ? ".Config.Labels" : ".Labels";
  const format = `{{${id}}} {{with index ${labels} "${mendedLabel}"}}{{.}}{{end}}`;
  const text = joinWords(["docker", kind, "inspect", "--format", format, name]);
  const { code, stdout } = await askHost(connection, { text, timeoutSeconds: lookSeconds });
  if (code !== 0) return undefined;
  const [found = "", mended = ""] = stdout.trim().split(" ");
  return { id: kind === "image" ? `${found}${name}` : found, mended };
}

/** Where the engine keeps it. */
function dockerPlugin(): string {
  const { PULUMI_HOME = join(homedir(), ".pulumi") } = process.env;
  const manifest = createRequire(import.meta.url).resolve("@pulumi/docker/package.json");
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  return join(PULUMI_HOME, "plugins", `resource-docker-v${version}`, "pulumi-resource-docker");
}

function changesIn(preview: string): AdoptedHosts["next"] {
  const { steps = [] } = JSON.parse(preview) as { steps?: { op: string; urn: string }[] };
  const next: Record<string, string[]> = {};
  for (const { op, urn } of steps) if (op !== "same") (next[op] ??= []).push(urn.split("::").at(-1) ?? urn);
  return next;
}
