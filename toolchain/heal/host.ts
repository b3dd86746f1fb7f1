import { join as joinWords } from "shlex";
import { setTimeout as pause } from "node:timers/promises";
import { run } from "../command.ts";
import type { Found, Live, Owner } from "./leftovers.ts";

/** Longest question to an engine, in milliseconds. */
const questionMs = 30_000;
/** In milliseconds. */
const lookEveryMs = 100;
/** How long a half-made container may take to end, in seconds: a database that is just being made must not be cut. */
export const graceSeconds = 20;

interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly Created: string;
  readonly Config?: { Labels?: Record<string, string> };
  readonly Labels?: Record<string, string>;
}

/** A host's Docker engine as healing sees it: what carries a stack's labels, which slot has traffic, what to remove. */
export class LabelledHost {
  private readonly owner: Owner;

  constructor(owner: Owner) {
    this.owner = owner;
  }

  /** A step of the killed run may still end by itself and take its container along: then it is asked again, at most three times. */
  async find(tries = 3): Promise<Found[]> {
    try {
      return await this.findNow();
    } catch (error) {
      if (tries <= 1 || !isGone(error)) throw error;
      return this.find(tries - 1);
    }
  }

  private async findNow(): Promise<Found[]> {
    const clock = Date.parse(await this.docker(["info", "--format", "{{.SystemTime}}"])) - Date.now();
    const kinds = ["container", "network"] as const;
    const found = await Promise.all(
      kinds.map(async (kind) => {
        const { service, stack } = this.owner;
        const labels = [`label=slipway.stack=${stack}`, `label=slipway.service=${service}`];
        const filters = labels.flatMap((label) => ["--filter", label]);
        const listing = await this.docker([kind, "ls", ...(kind === "container" ? ["--all"] : []), "-q", ...filters]);
        if (listing === "") return [];
        const things = JSON.parse(await this.docker([kind, "inspect", ...listing.split("\n")])) as Inspected[];
        return things.map(({ Id, Name, Created, Config, Labels }) => ({
          kind,
          id: Id,
          name: Name.replace(/^\//, ""),
          labels: Config?.Labels ?? Labels ?? {},
          createdAt: Date.parse(Created) - clock,
        }));
      }),
    );
    return found.flat();
  }

  /** Only the rollout controller knows. No controller at all means that nothing ever had traffic. */
  async live(): Promise<Live> {
    const controller = `${this.owner.service}-${this.owner.stack}-controller`;
    try {
      const ledger = JSON.parse(await this.docker(["exec", controller, "slipway-router", "ledger"])) as {
        live: Live | null;
      };
      return ledger.live ?? "none";
    } catch (error) {
      return isGone(error) ? "none" : "unknown";
    }
  }

  /** Containers before networks: a network with a container in it stays. */
  async remove({ kind, id }: Found): Promise<void> {
    if (kind === "network") {
      await this.docker(["network", "rm", id]).catch(unlessGone);
      return;
    }
    await this.docker(["stop", "-t", String(graceSeconds), id]).catch(unlessGone);
    await this.docker(["rm", "--force", id]).catch(unlessGone);
    await this.untilGone(id);
  }

  /** The engine refuses to remove what it is already removing (`docker run --rm`), and is not done then. */
  private async untilGone(id: string): Promise<void> {
    const deadline = Date.now() + questionMs;
    while (Date.now() < deadline) {
      if ((await this.docker(["container", "ls", "--all", "--quiet", "--filter", `id=${id}`])) === "") return;
      await pause(lookEveryMs);
    }
    throw new Error(
      `container ${id} on ${this.owner.dockerHost}: still there ${String(questionMs / 1000)} s after its removal`,
    );
  }

  private docker(args: string[]): Promise<string> {
    const { dockerHost, sshOptions } = this.owner;
    if (sshOptions === undefined) return run("docker", ["--host", dockerHost, ...args], { limit: questionMs });
    const { username, port, hostname } = new URL(dockerHost);
    const at = ["-l", username, ...(port === "" ? [] : ["-p", port]), "--", hostname.replace(/^\[|\]$/g, "")];
    return run("ssh", [...sshOptions, ...at, joinWords(["docker", ...args])], { limit: questionMs });
  }
}

const gone = /No such (container|network)|network \S+ not found|removal of container \S+ is already in progress/i;
const isGone = (error: unknown): boolean => gone.test(String(error));

function unlessGone(error: unknown): string {
  if (!isGone(error)) throw error;
  return "";
}
