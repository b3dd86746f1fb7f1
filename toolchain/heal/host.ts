// A host's Docker engine as healing sees it: what carries a stack's labels, which slot has traffic, what to remove.
import { run } from "../command.ts";
import type { Found, Live, Owner } from "./leftovers.ts";

/** Longest question to an engine, in milliseconds. */
const LIMIT = 30_000;
/** How long a half-made container may take to end, in seconds: a database that is just being made must not be cut. */
export const GRACE = 20;

interface Inspected {
  Id: string;
  Name: string;
  Created: string;
  Config?: { Labels?: Record<string, string> };
  Labels?: Record<string, string>;
}

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
    if (kind === "container") await this.docker(["stop", "-t", String(GRACE), id]).catch(unlessGone);
    await this.docker(kind === "container" ? ["rm", "--force", id] : ["network", "rm", id]).catch(unlessGone);
  }

  private docker(args: string[]): Promise<string> {
    return run("docker", ["--host", this.owner.dockerHost, ...args], { limit: LIMIT });
  }
}

const isGone = (error: unknown): boolean => /No such (container|network)|network \S+ not found/i.test(String(error));

function unlessGone(error: unknown): string {
  if (!isGone(error)) throw error;
  return "";
}
