import { closedIn, tryLedger, type Ledger } from "../lib/releases/ledger.ts";
import { otherSlot } from "../router/ledger.ts";
import { drillReason } from "../router/telling/record.ts";
import { inController, unanswered, type CheckedHost } from "./host.ts";
import { failureOf, startLoad } from "./load.ts";
import { broken, proven, unseen, type Finding } from "./model.ts";

export interface DrillArgs {
  readonly stack: string;
  readonly hosts: readonly CheckedHost[];
  /** Address that people use. */
  readonly url: string;
  /** Who does it, for the records. */
  readonly by: string;
}

/** Longest that one way may take, in seconds: its gate and its watch are the profile's. */
const wayTimeoutSeconds = 800;

/** A step of the drill that did not come out as it should; what was found so far is told with it. */
class Stopped extends Error {
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(finding.detail);
    this.finding = finding;
  }
}

/**
 * The rollback drill: each host goes to its standby and back while a small load runs. Releases nothing, and what the ways back withdraw is
 * allowed again.
 *
 * What must never happen here: that it begins where it could not come back, or moves anything in production.
 */
export async function drill({ stack, hosts, url, by }: DrillArgs): Promise<Finding[]> {
  if (isProduction(stack)) return [unseen("no drill moves the traffic of production", "--stack <another>")];
  try {
    const ready = await Promise.all(hosts.map(async (host) => ({ host, before: await readiness(host, stack) })));
    const failure = await failureOf(url);
    if (failure !== undefined)
      return [
        unseen(
          `${url} can't be asked from here, got ${failure}; no traffic was moved`,
          "run it where that address answers",
        ),
      ];
    const load = startLoad(url);
    const ways: string[] = [];
    let result;
    try {
      for (const { host, before } of ready) ways.push(await thereAndBack(host, before, { stack, by }));
    } finally {
      result = await load.stop();
    }
    const { requests, failed, failures } = result;
    if (failed > 0)
      return [
        broken(
          `${failed} of ${requests} requests failed meanwhile: ${failures.join(", ")}`,
          `slipway logs --stack ${stack}`,
        ),
      ];
    return [proven(`${ways.join("; ")}; 0 of ${requests} requests failed`)];
  } catch (error) {
    if (error instanceof Stopped) return [error.finding];
    throw error;
  }
}

export const isProduction = (stack: string): boolean => /^prod/i.test(stack);

interface Ready {
  readonly live: NonNullable<Ledger["live"]>;
  readonly release: string;
  readonly standby: string;
  readonly withdrawn: readonly string[];
}

async function ledgerOf(host: CheckedHost): Promise<Ledger> {
  const answer = await inController(host, ["slipway-router", "ledger"]);
  const ledger = answer.code === 0 ? tryLedger(answer.stdout) : undefined;
  if (ledger === undefined) throw new Stopped(unanswered(host, answer));
  return ledger;
}

/** Nothing is moved before every host can come back. */
async function readiness(host: CheckedHost, stack: string): Promise<Ready> {
  const ledger = await ledgerOf(host);
  const { live, running, slots, withdrawn = [] } = ledger;
  const { name } = host.connection;
  const { closed } = closedIn(ledger);
  if (closed !== undefined)
    throw new Stopped(
      unseen(`${name}: closed ${closed}; no traffic was moved`, `slipway maintenance off --stack ${stack}`),
    );
  if (running)
    throw new Stopped(unseen(`${name}: rollout ${running.rollout} is running; no traffic was moved`, "wait for it"));
  const standby = live && slots[otherSlot(live)];
  const release = live && slots[live].release;
  if (!live || !release || standby?.state !== "holds" || !standby.release) {
    const fix = "pulumi up with a second version, so that there is one to go back to";
    throw new Stopped(unseen(`${name}: no standby holds a healthy release; no traffic was moved`, fix));
  }
  const ids = withdrawn.map(({ release: id }) => id);
  const id = standby.release.id;
  if (ids.includes(id))
    throw new Stopped(
      unseen(
        `${name}: somebody withdrew ${id}, which the standby holds; no traffic was moved`,
        `slipway allow ${id}, if it is good`,
      ),
    );
  return { live, release: release.id, standby: id, withdrawn: ids };
}

async function thereAndBack(
  host: CheckedHost,
  { live, release, standby, withdrawn }: Ready,
  { stack, by }: Pick<DrillArgs, "stack" | "by">,
) {
  const { name } = host.connection;
  const back = `slipway allow ${release} --stack ${stack}; slipway rollback --stack ${stack}`;
  await goBack(host, by, "there", back);
  await allowAgain(host, withdrawn, by);
  const there = await ledgerOf(host);
  if (there.live === live)
    throw new Stopped(broken(`${name}: rolled back, and ${live} is still live`, `slipway status --stack ${stack}`));
  await goBack(host, by, "back", back);
  await allowAgain(host, withdrawn, by);
  const home = await ledgerOf(host);
  if (home.live !== live || home.slots[live].release?.id !== release)
    throw new Stopped(broken(`${name}: did not come back to ${release}`, back));
  const how = standby === release ? `${release} in the other slot` : standby;
  return `${name}: went to ${how} and back to ${release}`;
}

async function goBack(host: CheckedHost, by: string, way: "there" | "back", fix: string): Promise<void> {
  const words = ["slipway-router", "rollback", `--by=${by}`, `--reason=${drillReason}, ${way}`];
  const { code, stderr } = await inController(host, words, wayTimeoutSeconds);
  if (code === 0) return;
  throw new Stopped(
    broken(
      `${host.connection.name}: the rollback (${way}) failed: ${stderr.split("\n").at(-1) ?? ""}`,
      way === "there" ? "slipway status says where it is" : fix,
    ),
  );
}

/** What the drill withdrew, and nothing that a person did. */
async function allowAgain(host: CheckedHost, before: readonly string[], by: string): Promise<void> {
  const { withdrawn = [] } = await ledgerOf(host);
  for (const { release } of withdrawn.filter((each) => !before.includes(each.release))) {
    await inController(host, ["slipway-router", "allow", release, `--by=${by}`, `--reason=${drillReason}`]);
  }
}
