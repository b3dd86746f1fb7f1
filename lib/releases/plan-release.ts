import * as pulumi from "@pulumi/pulumi";
import { earlierHash, hashBuildContext } from "../images/build-context.ts";
import { deployer } from "./deployer.ts";
import { criticalReason, freezeProblem } from "./freeze.ts";
import type { DatabaseKind, DatabasesSettings } from "../databases/schema.ts";
import type { NamedHost } from "../hosts/host-connection.ts";
import { surveyHost } from "../hosts/host-survey.ts";
import { lookAt, type HostLook } from "../hosts/look.ts";
import type { HostsSettings } from "../hosts/schema.ts";
import { ledgerFromOutputs } from "./ledger-from-outputs.ts";
import { isFront, lostFront } from "../front/in-state.ts";
import { behindProblems } from "../front/look-at-front.ts";
import type { FrontSettings } from "../front/schema.ts";
import { leavingDatabases, leftData, madeVolumes, movedHostProblem } from "./data-on-host.ts";
import { closedIn, type Ledger } from "./ledger.ts";
import { hostSuffix, slots, type HostNames } from "../hosts/naming.ts";
import { resourceNamed, resourcesInState } from "../own-state.ts";
import { noDockerfile } from "../images/no-dockerfile.ts";
import { formatProblem, formatProblems, type Problem } from "../problem.ts";
import { refuseOrWarn } from "../refuse-or-warn.ts";
import { lookInLedger } from "./ask-ledger.ts";
import { readLedger } from "./read-ledger.ts";
import { waitForLock } from "./wait-for-lock.ts";
import { wantedReleases } from "./release.ts";
import { imagesOf, remade, usedNumberProblem, wasLive } from "./used-number.ts";
import { imageLabels } from "../images/image-labels.ts";
import { pulledImage } from "../images/pulled-image.ts";
import type { RegistryLogin } from "../images/registry-client.ts";
import { tagOf } from "../images/tag.ts";
import type { ImagesSettings } from "../images/schema.ts";
import type { ReleasesSettings } from "./schema.ts";
import { containerSpec, type ContainerSpec } from "./container.ts";
import { PlanRefused, planSlots, withdrawalProblem, type Plan } from "./slot-plan.ts";
import type { AddressSettings } from "../tls/schema.ts";
import { describeLock, lockAt, unlockFix } from "../../router/lock.ts";
import { compareLink } from "../../router/telling/source.ts";
import { lostState, olderState, renamedService } from "./lost-state.ts";
import { isAdopting } from "./adopting.ts";
import { declaredOnHost, lookFor } from "./declared-on-host.ts";
import { toPull } from "./room-on-host.ts";
import { nothingToMend, planMending, type Mending } from "./mending.ts";

/** A plan and the ledger that it was made from. */
export interface PlannedRelease {
  readonly ledger: Ledger;
  readonly plan: Plan;
  /** What somebody changed by hand on the host, and this update mends. */
  readonly mending: Mending;
  /** Databases that are declared no longer and leave the host with this update. @default none */
  readonly leaving?: readonly DatabaseKind[];
  /** How the service's containers are to be. */
  readonly container: ContainerSpec;
  /** How to build the release's image on the host. @default it is pulled */
  readonly build?: {
    readonly context: string;
    readonly args: Readonly<Record<string, string>>;
    /** Names that an earlier Slipway gave the same image. @default none */
    readonly same?: readonly string[];
  };
}

/** What a release is planned from. */
export interface PlanArgs {
  readonly hosts: readonly NamedHost[];
  readonly names: HostNames;
  readonly settings: ReleasesSettings &
    ImagesSettings &
    HostsSettings &
    DatabasesSettings &
    AddressSettings &
    FrontSettings;
  /** Plain values of the service's secrets: a changed one makes another release. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Login to the registry that serves the image. */
  readonly login?: RegistryLogin | undefined;
}

/** A host with what its slots hold, as far as it is known. */
type KnownHost = NamedHost & { readonly ledger: Ledger; readonly look?: HostLook | undefined };

/**
 * Asks each host what its slots hold and plans the wanted release, the same for all. Touches nothing.
 *
 * A preview of hosts over SSH opens no connection when the stack's last outputs say that nothing is to be done.
 *
 * @returns the hosts with their plans, in their order
 * @throws pulumi.RunError when the image does not exist, another rollout is running, releases are frozen, or a host
 * can't be asked or has no room for a release: what is wrong with any of them is said at once
 */
export async function planReleases(args: PlanArgs): Promise<(NamedHost & PlannedRelease)[]> {
  const { hosts, settings } = args;
  try {
    const known = await resourcesInState();
    if (isFront(known)) await refuseOrWarn([lostFront]);
    const renamed = renamedService(settings.service, hosts, known);
    if (renamed !== undefined) {
      await refuseOrWarn([renamed]);
      // What else is wrong would be wrong of the other name.
      return await planFrom(args, await fromOutputs(args));
    }
    if (pulumi.runtime.isDryRun() && hosts.every(({ connection }) => connection.kind === "ssh")) {
      const planned = await planFrom(args, await fromOutputs(args));
      if (planned.every(({ plan }) => plan.action === "none")) {
        await pulumi.log.info(notAsked);
        return planned;
      }
    }
    const asked = await Promise.all((await askHosts(args)).map((host) => afterLock(args, host)));
    const lost = isAdopting()
      ? []
      : asked.flatMap(
          (host) =>
            lostState(host, args.names, host.look, known) ?? olderState(host, args.names, host.look, known) ?? [],
        );
    await refuseOrWarn(lost);
    const moved = await Promise.all(asked.map((host) => movedHost(args, host, known)));
    const behind = await Promise.all(asked.map(({ connection }) => behindProblems(connection, args.names, settings)));
    await refuseOrWarn([
      ...present(moved),
      ...asked.flatMap((host) => mendingOf(args, host).problems),
      ...behind.flat(),
    ]);
    const planned = await planFrom(args, asked);
    if (isAdopting()) refuseToMove(planned);
    await refuseOrWarn(present(asked.map(lockProblem)));
    await refuseOrWarn(planned.flatMap((host) => silence(host)));
    await refuseOrWarn(present(planned.map(({ plan, ledger, path }) => withdrawalProblem(plan, ledger, path))));
    await refuseOrWarn(present(await Promise.all(planned.map((host) => usedNumber(args, host)))));
    for (const host of planned) {
      const { path, plan, ledger } = host;
      const { closed } = closedIn(ledger);
      if (closed !== undefined) await pulumi.log.warn(`${path}: closed ${closed}. Fix: slipway maintenance off`);
      await tellChanges(args, host);
      const again = remade(plan, ledger);
      if (again !== undefined) await pulumi.log.warn(again);
      await refuseOrWarn(present([freezeProblem(plan, ledger, settings, new Date())]));
    }
    return planned;
  } catch (error) {
    if (error instanceof PlanRefused) throw new pulumi.RunError(`slipway:version: ${error.message}`);
    throw error;
  }
}

/** What is there once a lock is over whose owner lets updates wait. */
async function afterLock(args: PlanArgs, host: KnownHost): Promise<KnownHost> {
  const { names, settings } = args;
  if (pulumi.runtime.isDryRun() || isAdopting()) return host;
  const { connection, path } = host;
  const ledger = await waitForLock(host.ledger, {
    ask: () => lookInLedger(connection, names.part("controller"), settings.stockImages.node),
    say: (line) => pulumi.log.info(`${path}: ${line}`),
  });
  if (ledger === null) return host;
  return { ...host, ledger, look: await lookAt(connection, lookFor(declaredFor(args, host))) };
}

/** Undefined where nobody keeps updates off, or where taking over what is there changes nothing. */
function lockProblem({ path, ledger }: KnownHost): Problem | undefined {
  const lock = lockAt(ledger, new Date());
  if (lock === null || isAdopting()) return undefined;
  return { path, problem: "is locked", got: describeLock(lock), allowed: "no update", fix: unlockFix };
}

/** A host on which nothing is to be done, and whose live release does not answer: an update must not end well there (decision D3). */
function silence({ path, plan, ledger, mending }: NamedHost & PlannedRelease): Problem[] {
  const got = ledger.answer?.problem;
  if (plan.action !== "none" || got === undefined || got === null || mending.says.length > 0) return [];
  const { release } = plan.slots[plan.target];
  return [
    {
      path,
      problem: `release ${release.id} is live and does not answer`,
      got,
      allowed: `its answer, from slot ${plan.target}`,
      fix: "look at its logs, or go back with `slipway rollback`",
    },
  ];
}

/** A host on which nothing is live of a stack that has served. */
async function movedHost(
  args: PlanArgs,
  host: KnownHost,
  inState: ReadonlyMap<string, unknown>,
): Promise<Problem | undefined> {
  const { look, ledger, path, name } = host;
  const declared = declaredFor(args, host);
  // Declared only while slipway:deleteData names the database, and run when that leaves.
  const goes = (kind: string) =>
    resourceNamed(inState, `databases${hostSuffix(name)}-${kind}-last-backup`) !== undefined;
  if (look !== undefined) {
    const made = madeVolumes(look, declared, ledger);
    for (const line of [...leftData(look, declared, goes), ...made, ...toPull(look, declared)]) {
      await pulumi.log.info(name === undefined ? line : `${name}: ${line}`);
    }
  }
  if (ledger.live !== null) return undefined;
  const known = await ledgerFromOutputs(host, args.settings);
  return movedHostProblem(look, ledger, known, declared, { path, stack: pulumi.getStack() });
}

/** Where one can read what a release changes, if the images of live and of what the registry serves say what they were made from. */
async function tellChanges(
  { names, login }: PlanArgs,
  { name, look, plan, ledger, build }: KnownHost & PlannedRelease,
) {
  const live = ledger.live === null ? undefined : look?.containers.get(names.replica(ledger.live, 1));
  const before = live?.labels["org.opencontainers.image.revision"];
  if (name !== undefined || plan.action !== "release" || before === undefined || build !== undefined) return;
  const { image } = plan.slots[plan.target].release;
  const labels = await imageLabels(image, login);
  const { revision, source } = labels ?? {};
  const link = compareLink({ commit: revision, repository: source, before });
  if (link !== undefined) await pulumi.log.info(`What changes from ${before.slice(0, 12)}: ${link}`);
}

/** A version that was live here goes out again only as what it was. */
async function usedNumber(
  { names, settings: { image } }: PlanArgs,
  { connection, path, plan, ledger, build }: NamedHost & PlannedRelease,
): Promise<Problem | undefined> {
  const version = wasLive(plan, ledger);
  if (version === undefined) return undefined;
  const images = await imagesOf(version, ledger, connection, names.part("controller"));
  const known = { images, same: build?.same ?? [], isBuilt: image.build !== undefined, path };
  return usedNumberProblem(plan, ledger, known);
}

/** What the settings put on a host. */
const declaredFor = ({ names, settings }: PlanArgs, { name }: Pick<NamedHost, "name">) =>
  declaredOnHost(names, settings, name);

/** What was found on a host, held against what is declared there; nothing where nobody looked. */
function mendingOf(args: PlanArgs, host: KnownHost) {
  const { path, look, ledger } = host;
  if (look === undefined) return { mending: nothingToMend, problems: [] };
  return planMending(look, ledger, declaredFor(args, host), path);
}

async function planFrom(args: PlanArgs, hosts: readonly KnownHost[]) {
  const { settings, secrets, login } = args;
  const ledgers = hosts.map(({ ledger }) => ledger);
  const build = settings.image.build === undefined ? undefined : buildOf(settings.image.build, settings, ledgers);
  const image = build ? build.image : await pulledImage(settings, login, ledgers);
  const container = containerSpec(settings, secrets);
  return wantedReleases({ version: settings.version, image, container }, hosts).map(({ wanted, ...host }) => ({
    ...host,
    plan: planSlots(host.ledger, wanted, revival(host, args.names)),
    mending: mendingOf(args, host).mending,
    leaving: host.look === undefined ? [] : leavingDatabases(host.look, declaredFor(args, host)),
    container,
    ...(build ? { build: { context: build.context, args: build.args, same: [build.earlier] } } : {}),
  }));
}

/** What brings back a host's rollout controller; undefined where it runs, or nobody looked. */
function revival({ look, ledger, connection }: KnownHost, names: HostNames): string | undefined {
  const controller = names.part("controller");
  const status = look === undefined ? "running" : look.containers.get(controller)?.status;
  const on = connection.kind === "ssh" ? ` on ${connection.name}` : "";
  if (status === undefined)
    return `pulumi up with slipway:version ${ledger.running?.release.version ?? ""} and the other settings as they were makes it anew`;
  return status === "running" ? undefined : `docker ${status === "paused" ? "unpause" : "start"} ${controller}${on}`;
}

/** An update over SSH looks at the hosts first: everything that is wrong with them is said at once, before anything is touched. */
async function askHosts(args: PlanArgs): Promise<KnownHost[]> {
  const { names, settings } = args;
  const surveyed = await Promise.all(
    args.hosts.map(async (host) => ({ host, survey: await surveyHost(host.connection, host.path) })),
  );
  const problems = surveyed.flatMap(({ survey }) => survey.problems);
  if (problems.length > 0) {
    await refuseOrWarn(problems);
    return fromOutputs(args);
  }
  return Promise.all(
    surveyed.map(async ({ host, survey: { isBare } }) => {
      const fallback = () => ledgerFromOutputs(host, settings);
      const { node } = settings.stockImages;
      const by = `${deployer(criticalReason(settings))}, process ${String(process.pid)}`;
      const seen = isBare ? undefined : lookAt(host.connection, lookFor(declaredFor(args, host)));
      const ledger = await readLedger(host.connection, names, node, { isBare, by, fallback });
      const look = await seen;
      if (look === undefined && !isBare) await refuseOrWarn([notLookedAt(host.path)]);
      return { ...host, ledger, look };
    }),
  );
}

/** What nobody looked at is not as it should be (invariant I11). */
const notLookedAt = (path: string): Problem => ({
  path,
  problem: "can't be looked at, so nobody knows what is there",
  got: "no answer of its engine within 30 s",
  allowed: "a list of its containers, volumes and networks",
  fix: "`docker ps --all` on the host says whether it answers; then pulumi up again",
});

function fromOutputs({ hosts, settings }: PlanArgs): Promise<KnownHost[]> {
  return Promise.all(hosts.map(async (host) => ({ ...host, ledger: await ledgerFromOutputs(host, settings) })));
}

/** @throws pulumi.RunError */
function refuseToMove(planned: readonly (NamedHost & PlannedRelease)[]): void {
  const problems = planned.flatMap(({ path, plan, ledger }): Problem[] => {
    if (plan.action === "none") return [];
    const live = ledger.live === null ? null : ledger.slots[ledger.live].release;
    return [
      {
        path: "slipway:version",
        problem: `is not what is live on ${path}, and adopting moves nothing`,
        got: plan.slots[plan.target].release.id,
        allowed: live?.id ?? "nothing yet",
        fix:
          live === null
            ? "pulumi up, there is nothing to adopt"
            : `set the version, image, variables and secrets that ${live.id} was made with, then adopt`,
      },
    ];
  });
  if (problems.length > 0) throw new pulumi.RunError(formatProblems(problems));
}

const notAsked =
  "No host was asked: this preview goes by what the last update left. slipway status asks them, and so does every pulumi up.";

const present = (problems: readonly (Problem | undefined)[]): Problem[] => problems.flatMap((problem) => problem ?? []);

function buildOf(context: string, { service, version, stockImages }: PlanArgs["settings"], ledgers: readonly Ledger[]) {
  const problem = noDockerfile(context);
  if (problem !== undefined) throw new pulumi.RunError(formatProblem(problem));
  const args = { PYTHON_IMAGE: stockImages.python, VERSION: version };
  const image = (hash: typeof hashBuildContext) =>
    `${service}:${tagOf(version)}-${hash(context, JSON.stringify(args))}`;
  const held = ledgers.flatMap((ledger) => slots.map((slot) => ledger.slots[slot].release?.image));
  const earlier = image(earlierHash);
  return { context, args, earlier, image: held.includes(earlier) ? earlier : image(hashBuildContext) };
}
