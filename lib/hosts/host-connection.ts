import { join as joinWords, quote } from "shlex";
import { attempts, connectSeconds, type WhenLost } from "./lost-connection.ts";
import type { HostSettings } from "./schema.ts";
import { sshCommand, sshOptions, wayCommand, type SshAccess, type SshServer } from "./ssh.ts";

/** One shell script that is to run on a host. */
export interface HostScript {
  /** POSIX shell text, run with -eu. Never holds a secret. */
  readonly text: string;
  /** Variables for it, not secret. */
  readonly env?: Readonly<Record<string, string>>;
  /** Longest that it may take, in seconds; both sides keep to it. */
  readonly timeoutSeconds: number;
  /** `try-again`: once, on a fresh connection; `wait`: until the host answers; both with the same input. @default "fail", with code 255 */
  readonly whenLost?: WhenLost;
  /** `true`: by the user who prepares the host, as root. @default the user who deploys */
  readonly asRoot?: boolean;
  /** `true`: it has the terminal of whoever runs it. @default none */
  readonly terminal?: boolean;
}

/** What runs on the machine that deploys, for a script on a host. */
export interface LocalCommand {
  /** POSIX shell text. */
  readonly text: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Longest that it may take, in seconds. */
  readonly limitSeconds: number;
}

/** The program and the first arguments that run a shell text, at most so long. @param terminal whether it reads from one */
export const interpreter = (limitSeconds: number, terminal = false): [string, ...string[]] => [
  "timeout",
  ...(terminal ? ["--foreground"] : []),
  "--kill-after=5",
  String(limitSeconds),
  "/bin/sh",
  "-euc",
];

/** The same command, but by name: an error begins with the command's text, and that can fill a screen. */
export function named({ text, ...rest }: LocalCommand): LocalCommand {
  return { ...rest, text: 'eval "$STEP"', environment: { ...rest.environment, STEP: text } };
}

/** The same command, but if it fails the others are run too, in reverse order; it fails all the same. */
export function withWayBack(
  command: LocalCommand,
  others: readonly (LocalCommand & { readonly host: string })[],
): LocalCommand {
  if (others.length === 0) return command;
  const back = [...others]
    .reverse()
    .flatMap(({ host, text }) => [
      `echo ${quote(`${host} goes back, as a host after it did not take the release`)}`,
      `( ${text} ) < /dev/null || true`,
    ]);
  return {
    environment: command.environment,
    text: ["code=0", `( ${command.text} ) || code=$?`, `if [ "$code" != 0 ]; then`, ...back, "fi", 'exit "$code"'].join(
      "\n",
    ),
    limitSeconds: [command, ...others].reduce((sum, { limitSeconds }) => sum + limitSeconds, 0),
  };
}

/** How a host is reached. The only place that knows: everything on a host is made through `provider` or `command`. */
export interface HostConnection {
  readonly kind: "local" | "ssh";
  /** It is the engine that Docker's own command line asks. */
  readonly isOwnEngine: boolean;
  /** As messages name the host: its Docker address. */
  readonly name: string;
  /** The user who deploys, where Slipway prepares the host. @default somebody else has prepared it */
  readonly deployer?: string;
  /** Arguments of `docker.Provider`. */
  readonly provider: { readonly host: string; readonly sshOpts?: string[] };
  /** How a script is run there. */
  readonly command: (script: HostScript) => LocalCommand;
  /** The server that it is reached through, and what asks that one. @default none */
  readonly way?: { readonly name: string; readonly command: LocalCommand };
}

/** The engine that Docker's own command line asks. */
const ownEngine = () => process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock";

/** The connection to the host of a section `slipway:host`. */
export function connectionTo(section: HostSettings): HostConnection {
  if (section.kind === "ssh") {
    const { address, port, user, hostKey, identityFile, jump, admin } = section;
    return sshConnection({ address, port, user, hostKey, identityFile, jump }, admin);
  }
  return localConnection(section.dockerHost ?? ownEngine());
}

/** A host of a stack, and where it stands in the settings. */
export interface NamedHost {
  /** @default it is the first one */
  readonly name?: string;
  readonly path: string;
  readonly connection: HostConnection;
}

/** All hosts of a stack, in the order in which they take a release. */
export function hostsOf(
  first: HostSettings,
  others: Readonly<Record<string, HostSettings>>,
): [NamedHost, ...NamedHost[]] {
  const rest = Object.entries(others).map(([name, section]) => ({
    name,
    path: `slipway:hosts.${name}`,
    connection: connectionTo(section),
  }));
  return [{ path: "slipway:host", connection: connectionTo(first) }, ...rest];
}

/** This machine, or whatever engine Docker's own command line would reach. */
export function localConnection(dockerHost: string): HostConnection {
  return {
    kind: "local",
    isOwnEngine: dockerHost === ownEngine(),
    name: dockerHost,
    provider: { host: dockerHost },
    command: ({ text, env, timeoutSeconds }) => ({
      text,
      limitSeconds: timeoutSeconds,
      environment: { DOCKER_HOST: dockerHost, ...env },
    }),
  };
}

/** @param admin who prepares the host, by sudo unless it is root. @default nobody does */
export function sshConnection(access: SshAccess, admin?: string): HostConnection {
  const { user } = access;
  const host = sshName(access);
  const way = wayCommand(access);
  return {
    kind: "ssh",
    isOwnEngine: false,
    name: host,
    ...(admin === undefined ? {} : { deployer: user }),
    provider: { host, sshOpts: sshOptions(access) },
    command: ({ text, env = {}, timeoutSeconds, whenLost = "fail", asRoot = false, terminal = false }) => {
      const as = asRoot && admin !== undefined ? admin : user;
      const words = [
        ...(asRoot && as !== "root" ? ["sudo", "-n"] : []),
        ...["env", ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
        ...[...interpreter(timeoutSeconds, terminal), text],
      ];
      const [, ...ssh] = [...sshCommand({ ...access, user: as }, terminal), joinWords(words)];
      return { ...attempts({ ssh: joinWords(ssh), host, timeoutSeconds }, whenLost), environment: {} };
    },
    ...(way && access.jump
      ? {
          way: {
            name: sshName(access.jump),
            command: { text: `exec ${joinWords(way)} < /dev/null`, environment: {}, limitSeconds: connectSeconds },
          },
        }
      : {}),
  };
}

function sshName({ address, port, user }: SshServer): string {
  return `ssh://${user}@${address.includes(":") ? `[${address}]` : address}:${String(port)}`;
}
