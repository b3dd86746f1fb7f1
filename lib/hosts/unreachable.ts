import { run, type HostAnswer } from "./ask-host.ts";
import type { HostConnection } from "./host-connection.ts";
import type { Problem } from "../problem.ts";

/** What is said of a server that nothing is heard of. */
export const cantBeReached = "can't be reached";

interface Whose {
  readonly path: string;
  /** As messages name the server. */
  readonly name: string;
  /** Whose key it has to accept. */
  readonly who: string;
  /** Setting of the key that opens it. */
  readonly identityFile: string;
}

/**
 * Why a host can't be asked, as a person can mend it. A server on the way is told from the one behind it.
 *
 * @param answer what the attempt to run something on the host ended with
 */
export async function unreachable(
  answer: HostAnswer,
  { name, way }: HostConnection,
  { path, prepares }: { readonly path: string; readonly prepares: boolean },
): Promise<Problem> {
  const identityFile = `${path}.identityFile`;
  const host: Whose = { path, name, who: prepares ? "admin" : "user", identityFile };
  if (!way || answer.code !== 255 || isRefusal(answer)) return inWords(answer, host);
  const asked = await run(way.command);
  if (asked.stdout.startsWith("SSH-")) return inWords(answer, host);
  if (asked.stderr.includes("stdio forwarding failed")) {
    return inWords({ ...asked, stderr: `no way to it from ${way.name}` }, host);
  }
  return inWords(asked, { path: `${path}.jump`, name: way.name, who: "jump.user", identityFile });
}

/** The server itself was reached. */
const isRefusal = ({ stderr }: HostAnswer) => /Host key verification failed|Permission denied/.test(stderr);

function inWords({ code, stderr }: HostAnswer, { path, name, who, identityFile }: Whose): Problem {
  const got =
    stderr
      .split("\n")
      .findLast((line) => line.trim() !== "")
      ?.trim() ?? `exit code ${String(code)}`;
  if (stderr.includes("Host key verification failed")) {
    const shown = /SHA256:\S+/.exec(stderr)?.[0]?.replace(/\.$/, "");
    return {
      path: `${path}.hostKey`,
      problem: "is not the key that the host shows, so nothing was sent to it",
      got: shown ?? "a key of another type",
      allowed: `only the pinned one at ${name}`,
      fix: "find out why; if the server was made anew, compare with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on its console, then pin the new key",
    };
  }
  if (stderr.includes("Permission denied")) {
    return {
      path,
      problem: "does not let this machine in",
      got,
      allowed: `a key that ${who} accepts at ${name}`,
      fix: `put the public key into ~/.ssh/authorized_keys there, or name another: pulumi config set --path ${identityFile} <file>`,
    };
  }
  if (stderr.includes("sudo")) {
    return {
      path: `${path}.admin`,
      problem: "may not become root",
      got,
      allowed: "root, or a user with sudo without a password",
      fix: "visudo on the host",
    };
  }
  return {
    path,
    problem: cantBeReached,
    got,
    allowed: `a server that answers at ${name}`,
    fix: "start it, or look at its firewall and at address, port and jump",
  };
}
