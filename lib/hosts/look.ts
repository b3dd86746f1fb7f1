import { readFileSync } from "node:fs";
import { z } from "zod";
import { askHost } from "./ask-host.ts";
import type { HostConnection } from "./host-connection.ts";
import { accountFunctions } from "./watch-account.ts";

const script = readFileSync(new URL("look.sh", import.meta.url), "utf8");
/** Longest that a host may take to be looked at, in seconds. */
const timeoutSeconds = 30;

const names = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);
const name = z.string().transform((text) => text.replace(/^\//, ""));
/** Ports of a controller's configuration, which is the value of a variable. */
const listens = z
  .array(z.string())
  .default([])
  .transform((variables) =>
    variables.flatMap((variable) => {
      const { listen, tls, doors } = JSON.parse(variable.slice(variable.indexOf("=") + 1)) as {
        readonly listen?: { readonly port: number };
        readonly doors?: string;
        readonly tls?: { readonly httpPort?: number | null } | null;
      };
      // Behind a front these are that one's.
      if (doors !== undefined) return [];
      return [listen?.port, tls?.httpPort].filter((port) => typeof port === "number");
    }),
  );
const container = z.object({
  name,
  status: z.string(),
  image: z.string(),
  labels: z
    .record(z.string(), z.string())
    .nullish()
    .transform((labels) => labels ?? {}),
  networks: z
    .record(z.string(), z.object({ IPAddress: z.string() }))
    .nullish()
    .transform((networks) => networks ?? {}),
  /** What Docker does when it ends by itself. */
  restart: z.string().default(""),
  /** Most memory that it may take, in bytes; 0 is no limit. */
  memory: z.number().default(0),
  /** Folders by the volume that it has there. */
  mounts: z
    .array(z.object({ Name: z.string().default(""), Destination: z.string() }))
    .nullish()
    .transform((list) => Object.fromEntries((list ?? []).map(({ Name, Destination }) => [Name, Destination]))),
  /** What it was told as PORT. */
  port: z.string().default(""),
  /** Place of a proxy. */
  place: z.string().default(""),
  /** Names of its variables. */
  variables: z
    .string()
    .default("")
    .transform((words) => words.trim().split(" ")),
  /** Of a controller: ports at which it has its proxy listen. */
  controller: listens,
});
const image = z.object({ id: z.string(), tags: names, digests: names });
const writer = z.object({ name, mounts: z.array(z.object({ Name: z.string().default(""), RW: z.boolean() })) });
const network = z.object({
  name: z.string(),
  subnets: z
    .array(z.object({ Subnet: z.string().default("") }))
    .nullish()
    .transform((list) => list ?? []),
});
const listener = z.object({ port: z.number(), address: z.string().transform(fromKernel), inode: z.string() });

const account = z.enum(["there", "changed", "gone"]);

/** A container as Docker shows it. */
export type FoundContainer = z.output<typeof container>;

/** What is on a host, as far as it concerns one stack. */
export interface HostLook {
  /** Containers whose names begin with the stack's prefix, or that are attached to what the stack has. */
  readonly containers: ReadonlyMap<string, FoundContainer>;
  /** Names of each image that these containers run, by the image's id: tags, and references by digest. */
  readonly images: ReadonlyMap<string, readonly string[]>;
  /** Volumes whose names begin with the stack's prefix. */
  readonly volumes: ReadonlySet<string>;
  /** Volumes of databases that hold nothing, and that nobody made empty on purpose (label `slipway.empty`). */
  readonly empty: ReadonlySet<string>;
  /** The folder of the backups is not there. */
  readonly noBackups: boolean;
  /** What is wrong with the firewall of a host that Slipway prepared. @default nothing, or nobody could tell */
  readonly firewall?: "gone" | "changed" | undefined;
  /** The user by whom the stack's first host asks for figures. @default nobody looked for one */
  readonly account?: z.output<typeof account> | undefined;
  /** References of images that are needed and not there. */
  readonly absent: ReadonlySet<string>;
  /** Subnets of every network of the engine, whoever's it is. */
  readonly networks: ReadonlyMap<string, readonly string[]>;
  /** Running containers that can write to the journal's volume. */
  readonly writers: readonly string[];
  /** The proxy has not loaded what was written for it last, so it may listen at other ports than the controller wants. */
  readonly isOutdated: boolean;
  /** Sockets that listen at the ports of the stack's proxy, whoever's they are. */
  readonly listeners: readonly z.output<typeof listener>[];
}

/** What is looked for. */
export interface LookArgs {
  /** What the stack's names begin with. */
  readonly prefix: string;
  /** Ports at which its proxy listens. */
  readonly ports: readonly { readonly port: number }[];
  /** Volumes of its databases, each with a file that is there once the database has filled it. */
  readonly data: readonly { readonly volume: string; readonly file: string }[];
  /** Folder of its backups. @default it has none */
  readonly backups?: string | undefined;
  /** References of images that its containers need. @default nobody asks for them */
  readonly images?: readonly string[];
  /** The user by whom the stack's first host asks for figures. @default it has none */
  readonly account?: string | undefined;
}

/**
 * Looks at what is there of a stack on a host, one round trip. Changes nothing.
 *
 * @returns undefined where nobody could look: the engine did not answer
 */
export async function lookAt(
  connection: HostConnection,
  { prefix, ports, data, backups = "", images = [], account = "" }: LookArgs,
): Promise<HostLook | undefined> {
  // Another engine's ports are not those of the machine that this script runs on.
  const isHere = connection.kind === "ssh" || connection.name === "unix:///var/run/docker.sock";
  const env = {
    PREFIX: prefix,
    PORTS: isHere ? ports.map(({ port }) => port).join(" ") : "",
    DATA: data.map(({ volume, file }) => `${volume}=${file}`).join(" "),
    BACKUPS: backups,
    IMAGES: images.join(" "),
    ACCOUNT: account,
    FIREWALL: connection.deployer === undefined ? "" : "ours",
  };
  // A container that changes while it is described leaves half a line.
  for (let attempt = 1; attempt <= 3; attempt++) {
    const { code, stdout } = await askHost(connection, { text: `${accountFunctions}${script}`, env, timeoutSeconds });
    if (code !== 0) return undefined;
    try {
      return parseLook(stdout);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}

/** @param text what `look.sh` printed */
export function parseLook(text: string): HostLook {
  const found = (word: string): unknown[] =>
    text
      .split("\n")
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => JSON.parse(line.slice(word.length + 1)) as unknown);
  const each = <T>(word: string, type: z.ZodType<T>): T[] => found(word).map((value) => type.parse(value));
  return {
    containers: new Map(each("container", container).map((one) => [one.name, one])),
    images: new Map(each("image", image).map(({ id, tags, digests }) => [id, [...tags, ...digests]])),
    volumes: new Set(each("volume", z.string())),
    empty: new Set(each("empty", z.string())),
    absent: new Set(each("absent", z.string())),
    noBackups: found("backups").includes("gone"),
    firewall: each("firewall", z.enum(["gone", "changed"])).at(0),
    account: each("account", account).at(0),
    networks: new Map(each("network", network).map(({ name, subnets }) => [name, subnets.map(({ Subnet }) => Subnet)])),
    writers: each("writer", writer).flatMap(({ name, mounts }) =>
      mounts.some(({ Name, RW }) => RW && Name.endsWith("-controller")) ? [name] : [],
    ),
    isOutdated: found("proxy").includes("outdated"),
    listeners: each("listener", listener),
  };
}

/** An address of /proc/net/tcp or tcp6: words of four bytes, each in the order of the machine, which is little-endian wherever we run. */
function fromKernel(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => String(parseInt(byte, 16))).join(".");
  const groups = bytes.flatMap((byte, index) => (index % 2 === 0 ? [`${byte}${bytes[index + 1] ?? ""}`] : []));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
