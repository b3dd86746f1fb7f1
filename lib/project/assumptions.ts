import type { DatabaseKind } from "../databases/schema.ts";
import { behindEntrypoint } from "./behind-entrypoint.ts";
import { isRoot, type ImageFacts } from "./image-facts.ts";
import type { Processes } from "./procfile.ts";

/** What a new project starts from. */
export interface Beginning {
  /** Name of project and service. */
  readonly name: string;
  /** Where the image comes from. */
  readonly image: { readonly build: string } | { readonly name: string; readonly tag: string };
  /** What it says of itself. @default nobody could look */
  readonly facts: ImageFacts | undefined;
  /** Where the facts were read, for people. */
  readonly source: string;
  /** Number of the user that the image names, where the image itself tells it. */
  readonly userNumber: string | undefined;
  /** What runs beside what serves, as a Procfile says. @default nothing does */
  readonly processes?: Processes | undefined;
  /** Asked for; Slipway never guesses about data. */
  readonly databases: readonly DatabaseKind[];
  /** What a person said; it wins over everything. */
  readonly said: { readonly port?: number | undefined; readonly health?: string | undefined };
  /** Free on this machine. */
  readonly free: { readonly port: number; readonly subnet: string };
}

/** One setting of the new stack and why it is so. */
export interface Setting {
  /** Without `slipway:`. */
  readonly key: string;
  readonly value: unknown;
  /** @default it goes without saying */
  readonly because?: string;
}

/** The settings of the first stack, in the order of its file. */
export function settingsFor(beginning: Beginning): readonly Setting[] {
  const { name, image, databases, free } = beginning;
  return [
    { key: "service", value: name, because: "its name; prefixes everything on a host" },
    versionOf(image),
    { key: "host", value: { kind: "local" }, because: "this machine's Docker engine" },
    { key: "image", value: "build" in image ? image : { name: image.name } },
    portOf(beginning),
    healthOf(beginning),
    userOf(beginning),
    {
      key: "limits",
      value: { readOnly: false },
      because:
        "nobody knows which of its own files it writes; they are lost with each container. Take this line out if it writes none",
    },
    ...rolesOf(beginning),
    ...databasesOf(databases, name),
    {
      key: "stockImages",
      value: stockImages(databases),
      because: "of Slipway's own parts; `slipway up` provides these",
    },
    {
      key: "listenPort",
      value: free.port,
      because: "where the service is reached on this machine; nobody listens there yet",
    },
    { key: "subnet", value: free.subnet, because: "no network of this machine has it" },
    {
      key: "profile",
      value: { steps: [10, 50, 100], pauseSeconds: 2, watchSeconds: 5 },
      because: "quick enough to try; leave it out where people use the service",
    },
  ];
}

function versionOf(image: Beginning["image"]): Setting {
  return "build" in image
    ? { key: "version", value: "1.0.0", because: "another one is a release" }
    : { key: "version", value: image.tag, because: "the image's tag; another one is a release" };
}

function portOf({ facts, source, said }: Beginning): Setting {
  const [exposed, ...more] = facts?.ports ?? [];
  const checked = urlIn(facts?.healthcheck)?.port;
  const [value, because] =
    said.port !== undefined
      ? [said.port, undefined]
      : checked !== undefined
        ? [checked, `HEALTHCHECK of ${source} asks there`]
        : facts?.defaultPort !== undefined
          ? [facts.defaultPort, `${source} sets PORT to it`]
          : exposed !== undefined
            ? [exposed, `${source} exposes it${more.length > 0 ? `, the first of ${String(more.length + 1)}` : ""}`]
            : [8000, `a guess, for ${source} names no port: the service is told it as PORT and has to listen there`];
  return { key: "port", value, ...(because === undefined ? {} : { because }) };
}

function healthOf({ facts, source, said }: Beginning): Setting {
  const checked = urlIn(facts?.healthcheck)?.path;
  if (said.health !== undefined) return { key: "health", value: { path: said.health } };
  return checked === undefined
    ? {
        key: "health",
        value: { path: "/" },
        because: `a guess, for no HEALTHCHECK of ${source} asks for a path: it has to answer with 200`,
      }
    : { key: "health", value: { path: checked }, because: `HEALTHCHECK of ${source} asks for it` };
}

function userOf({ facts, source, userNumber }: Beginning): Setting {
  const named = facts?.user ?? "";
  if (userNumber !== undefined)
    return { key: "container", value: { user: userNumber }, because: `${source} names the user ${named}` };
  const why = isRoot(named)
    ? `${source} ${named === "" ? "names no user" : "names root"}, and root has no more rights here than others`
    : `nobody could look which number the user ${named} of ${source} has`;
  return { key: "container", value: { user: "10001" }, because: `${why}: its files have to be readable by all` };
}

function rolesOf({ processes, facts, source }: Pick<Beginning, "processes" | "facts" | "source">): readonly Setting[] {
  const entrypoint = facts?.entrypoint ?? [];
  const value = Object.fromEntries(
    Object.entries(processes?.roles ?? {}).flatMap(([role, words]) => {
      const command = behindEntrypoint(words, entrypoint);
      return command === undefined ? [] : [[role, { command }]];
    }),
  );
  if (Object.keys(value).length === 0) return [];
  const behind = entrypoint.length === 0 ? "" : `, behind ENTRYPOINT ${JSON.stringify(entrypoint)} of ${source}`;
  return [
    { key: "roles", value, because: `the Procfile names them, beside what serves${behind}; each has to stay up` },
  ];
}

/**
 * What a person has to decide, as it is about data or changes them, and nothing was written for it: a line each.
 *
 * @param source where it was read
 */
export function undecided({ facts, source, processes }: Pick<Beginning, "facts" | "source" | "processes">): string[] {
  const volumes = (facts?.volumes ?? []).map((folder) => {
    const name = folder
      .split("/")
      .at(-1)
      ?.toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, "-")
      .replace(/^[^a-z]+/, "");
    const line = `slipway:volumes: { ${name === undefined || name === "" ? "data" : name}: { folder: ${folder} } }`;
    return `${source} says VOLUME ${folder}, and what a container writes there goes with it. To keep it over releases, and have it backed up: ${line}`;
  });
  const { release, roles = {} } = processes ?? {};
  const entrypoint = facts?.entrypoint ?? [];
  const unread = (line: string, setting: string) =>
    `the Procfile's ${line} line was left out, as ENTRYPOINT ${JSON.stringify(entrypoint)} of ${source} comes before it. Name the words behind that one: ${setting}`;
  const left = Object.entries(roles)
    .filter(([, words]) => behindEntrypoint(words, entrypoint) === undefined)
    .map(([role]) => unread(role, `slipway:roles: { ${role}: { command: [ … ] } }`));
  if (release === undefined) return [...volumes, ...left];
  const words = behindEntrypoint(release, entrypoint);
  const command =
    words === undefined
      ? unread("release", "slipway:release: { command: [ … ] }")
      : `the Procfile's release line does not run yet. To run it before each release, once its database is there: slipway:release: { command: ${JSON.stringify(words)} }`;
  return [...volumes, ...left, command];
}

function databasesOf(kinds: readonly DatabaseKind[], name: string): readonly Setting[] {
  if (kinds.length === 0) return [];
  const sql = name.replaceAll("-", "_");
  const value = Object.fromEntries(kinds.map((kind) => [kind, kind === "postgres" ? { name: sql, user: sql } : {}]));
  return [
    {
      key: "databases",
      value,
      because: "you asked for them; the service finds their addresses in files (DATABASE_URL_FILE, …)",
    },
    {
      key: "backups",
      value: { directory: "~/.local/state/slipway/backups" },
      because: "of these databases, before each release",
    },
  ];
}

/** By the names that the toolchain provides, from a registry or, where none answers, made on this machine. */
const stockImages = (databases: readonly DatabaseKind[]): Record<string, string> =>
  Object.fromEntries(["node", "haproxy", ...databases].map((name) => [name, `slipway/${name}:local`]));

/** The address of the container itself that a command asks; without a port HTTP means 80. */
function urlIn(command = ""): { readonly port: number | undefined; readonly path: string | undefined } | undefined {
  const [found, scheme, said = "", path] =
    /\b(https?):\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?::([^/\s"',;)]*))?(\/[\w./?=&%~-]*)?/.exec(
      command,
    ) ?? [];
  if (found === undefined) return undefined;
  const port = /^\d{1,5}$/.test(said) ? Number(said) : said === "" && scheme === "http" ? 80 : undefined;
  return { port, path };
}
