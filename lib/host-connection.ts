import { join as joinWords } from "shlex";
import type { HostSettings } from "./settings-schema.ts";
import { sshCommand, sshOptions, type SshAccess } from "./ssh.ts";

/** One shell script that is to run on a host. */
export interface HostScript {
  /** POSIX shell text, run with -eu. Never holds a secret. */
  readonly text: string;
  /** Variables for it, not secret. */
  readonly env?: Readonly<Record<string, string>>;
  /** Longest that it may take, in seconds; both sides keep to it. */
  readonly timeoutSeconds: number;
  /** `true`: by the user who prepares the host, as root. @default the user who deploys */
  readonly asRoot?: boolean;
}

/** What is started on the machine that deploys; the last argument is `text`. */
export interface LocalCommand {
  readonly interpreter: readonly [string, ...string[]];
  readonly text: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** How a host is reached. The only place that knows: everything on a host is made through `provider` or `command`. */
export interface HostConnection {
  readonly kind: "local" | "ssh";
  /** As messages name the host: its Docker address. */
  readonly name: string;
  /** The user who deploys, where Slipway prepares the host. @default somebody else has prepared it */
  readonly deployer?: string;
  /** Arguments of `docker.Provider`. */
  readonly provider: { readonly host: string; readonly sshOpts?: string[] };
  /** How a script is run there. */
  readonly command: (script: HostScript) => LocalCommand;
}

/** The connection to the host of a section `slipway:host`. */
export function connectionTo(section: HostSettings): HostConnection {
  if (section.kind === "ssh") {
    const { address, port, user, hostKey, identityFile, jump, admin } = section;
    return sshConnection({ address, port, user, hostKey, identityFile, jump }, admin);
  }
  // The address that Docker's own command line would use.
  return localConnection(section.dockerHost ?? process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock");
}

/** This machine, or whatever engine Docker's own command line would reach. */
export function localConnection(dockerHost: string): HostConnection {
  return {
    kind: "local",
    name: dockerHost,
    provider: { host: dockerHost },
    command: ({ text, env, timeoutSeconds }) => ({
      interpreter: limited(timeoutSeconds),
      text,
      environment: { DOCKER_HOST: dockerHost, ...env },
    }),
  };
}

/** @param admin who prepares the host, by sudo unless it is root. @default nobody does */
export function sshConnection(access: SshAccess, admin?: string): HostConnection {
  const { user, port } = access;
  const address = access.address.includes(":") ? `[${access.address}]` : access.address;
  const host = `ssh://${user}@${address}:${String(port)}`;
  return {
    kind: "ssh",
    name: host,
    ...(admin === undefined ? {} : { deployer: user }),
    provider: { host, sshOpts: sshOptions(access) },
    command: ({ text, env = {}, timeoutSeconds, asRoot = false }) => {
      const as = asRoot && admin !== undefined ? admin : user;
      const words = [
        ...(asRoot && as !== "root" ? ["sudo", "-n"] : []),
        ...["env", ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
        ...[...limited(timeoutSeconds), text],
      ];
      return {
        interpreter: limited(timeoutSeconds + connectSeconds),
        text: `exec ${joinWords([...sshCommand({ ...access, user: as }), joinWords(words)])}`,
        environment: {},
      };
    },
  };
}

/** What reaching a host may take on top of a step, in seconds. */
const connectSeconds = 20;

const limited = (seconds: number): [string, ...string[]] => [
  "timeout",
  "--kill-after=5",
  String(seconds),
  "/bin/sh",
  "-euc",
];
