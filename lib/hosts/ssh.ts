import { createHash } from "node:crypto";
import { join as joinWords } from "shlex";

/** A machine that is reached over SSH. */
export interface SshServer {
  /** Name or IP address. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** The only host key that is accepted: type and base64, as in `/etc/ssh/ssh_host_ed25519_key.pub` without the comment. */
  readonly hostKey: string;
}

/** How it is reached: by a key of this machine, perhaps through another server. */
export interface SshAccess extends SshServer {
  /** Private key on the machine that deploys; `~/` is its user's home. @default the keys in the SSH agent */
  readonly identityFile?: string | undefined;
  /** Server to go through, with the same key. */
  readonly jump?: SshServer | undefined;
}

/** How long an idle connection is kept for the next command, in seconds: from one step of an update to the next one. */
const keptSeconds = 60;

/**
 * Options for `ssh`, without user, port and address.
 *
 * All that uses one access shares one connection (ControlMaster), so a release costs one key exchange. The host key travels with the
 * options instead of a file, so that `pulumi destroy`, which runs no program, needs nothing that a program has to prepare. The user's own
 * `~/.ssh/config` does not count: a deploy must not depend on whose machine it runs on.
 */
export function sshOptions(access: SshAccess): string[] {
  // Nobody may meet in one connection who does not pin the same key. In the home, as only its owner may write there.
  const id = createHash("sha256").update(JSON.stringify(access)).digest("hex").slice(0, 16);
  return [
    ...baseOptions(access, access.identityFile),
    ...options({ ControlMaster: "auto", ControlPath: `~/.slipway-${id}`, ControlPersist: String(keptSeconds) }),
    ...(access.jump ? options({ ProxyCommand: jumpCommand(access.jump, access.identityFile) }) : []),
  ];
}

/** The command line that runs what is appended to it, one argument, by the shell of the server's user. @param terminal whether it gets one */
export function sshCommand(access: SshAccess, terminal = false): string[] {
  const { user, port, address } = access;
  return ["ssh", ...sshOptions(access), terminal ? "-t" : "-T", "-l", user, "-p", String(port), "--", address];
}

function baseOptions({ hostKey }: SshServer, identityFile: string | undefined): string[] {
  return [
    "-F",
    "none",
    ...options({
      BatchMode: "yes",
      StrictHostKeyChecking: "yes",
      UserKnownHostsFile: "none",
      GlobalKnownHostsFile: "none",
      KnownHostsCommand: `/bin/echo %H ${hostKey}`,
      UpdateHostKeys: "no",
      PreferredAuthentications: "publickey",
      ...(identityFile === undefined ? {} : { IdentitiesOnly: "yes", IdentityFile: identityFile }),
      ForwardAgent: "no",
      ConnectTimeout: "10",
      // A host that is gone is noticed within 15 s, by all that share the connection.
      ServerAliveInterval: "5",
      ServerAliveCountMax: "3",
      LogLevel: "ERROR",
    }),
  ];
}

/** One address behind a server that is to be reached at a port of this machine. */
export interface Forward {
  /** Port, at every address of this machine. */
  readonly listen: number;
  /** `address:port`, as the server reaches it. */
  readonly to: string;
}

/** The command line that does nothing but forward, until the connection is lost. */
export function tunnelCommand(server: SshServer, identityFile: string, forwards: readonly Forward[]): string[] {
  return [
    "ssh",
    ...baseOptions(server, identityFile),
    ...options({ ExitOnForwardFailure: "yes" }),
    ...forwards.flatMap(({ listen, to }) => ["-L", `*:${String(listen)}:${to}`]),
    ...["-N", "-T", "-l", server.user, "-p", String(server.port), "--", server.address],
  ];
}

/** For ProxyCommand, in which `%` has a meaning of its own. */
const jumpCommand = (jump: SshServer, identityFile: string | undefined): string =>
  `${joinWords(jumpOptions(jump, identityFile)).replaceAll("%", "%%")} -W [%h]:%p -- ${joinWords([jump.address])}`;

/**
 * What the server on the way says when it is asked to let through: the server behind it answers with its `SSH-2.0-…`, or standard error
 * tells why not, which ssh keeps to itself where connections are shared.
 */
export function wayCommand({ address, port, jump, identityFile }: SshAccess): string[] | undefined {
  return jump && [...jumpOptions(jump, identityFile), "-W", `[${address}]:${String(port)}`, "--", jump.address];
}

const jumpOptions = (jump: SshServer, identityFile: string | undefined): string[] => [
  "ssh",
  ...baseOptions(jump, identityFile),
  ...["-l", jump.user, "-p", String(jump.port)],
];

const options = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
