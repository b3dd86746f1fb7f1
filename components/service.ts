import * as pulumi from "@pulumi/pulumi";
import { addressOf } from "../lib/entrance/entrance-settings.ts";
import { changesScript } from "../lib/databases/backup-scripts.ts";
import { backedUp } from "../lib/releases/backup-variables.ts";
import { heldImages, removalScript } from "../lib/images/old-images.ts";
import { endedScript, longestRollout, promotion } from "../lib/releases/promotion.ts";
import { deployer } from "../lib/releases/deployer.ts";
import { criticalReason } from "../lib/releases/freeze.ts";
import { closedIn, describeUp, outputOf, type SlotOutput } from "../lib/releases/ledger.ts";
import { otherSlot, slots } from "../lib/hosts/naming.ts";
import type { PlannedRelease } from "../lib/releases/plan-release.ts";
import type { Settings } from "../settings/settings.ts";
import { describeDatabases } from "../lib/releases/data-on-host.ts";
import { longestRoles, rolesAround } from "../lib/releases/roles.ts";
import { describePlan } from "../lib/releases/slot-plan.ts";
import { stepAside, stepAsideVariables } from "../lib/releases/step-aside.ts";
import type { AwaitedAnswer } from "../router/await-answer.ts";
import type { Wish } from "../router/ledger.ts";
import type { Promotion } from "../router/wire.ts";
import { lookThroughFront } from "./behind-front.ts";
import { Backup } from "./backup.ts";
import type { BackupCopies } from "./backup-copy.ts";
import type { Databases } from "./databases.ts";
import type { HostByHost } from "./host-by-host.ts";
import { HostCommand } from "./host-command.ts";
import type { Host } from "./host.ts";
import type { Router } from "./router.ts";
import { releaseCommand } from "./release-command.ts";
import { Slot, type PreparedSlot } from "./slot.ts";

/** One release of the service on a host. */
export interface ServiceArgs {
  readonly host: Host;
  readonly router: Router;
  readonly databases: Databases;
  /** What the host holds and what is to happen. */
  readonly planned: Omit<PlannedRelease, "mending">;
  readonly settings: Settings;
  /** What copies backups away from the host. @default nothing does */
  readonly copies?: BackupCopies | undefined;
  /** The order in which the stack's hosts move their traffic. */
  readonly hostByHost: HostByHost;
}

/**
 * The service, and its release as one story: images → guard → backup ∥ slots → promote.
 *
 * What must never happen here: traffic moves before the backup is good and the release is healthy, or a container that has traffic is
 * touched. The guard and the promotion ask the host's rollout controller, which alone knows and decides (invariants I1 to I3).
 */
export class Service extends pulumi.ComponentResource {
  /** Where people reach the service. */
  readonly url: pulumi.Output<string>;
  /** The slot that has all traffic. */
  readonly live: pulumi.Output<SlotOutput>;
  /** The slot that is kept warm for a rollback; null while it holds nothing that one could return to. */
  readonly standby: pulumi.Output<SlotOutput | null>;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:service:Service", name, {}, opts);
    const { host, router, databases, settings, copies } = args;
    const { plan, ledger, container, build, leaving = [] } = args.planned;
    const { action, target, rollout } = plan;
    const release = plan.slots[target].release;
    const newRelease = action === "release" || action === "first";
    const moves = action === "release" || action === "return";
    const loses = moves ? describeDatabases(leaving) : "";
    const isMended = host.mending.says.length > 0;
    const how = { strategy: settings.strategy, ...backedUp(settings), loses, isMended };
    const plans = describePlan(plan, ledger, how);
    // What was planned is not what an update ends with, least of all one that failed.
    void pulumi.log.info(plans, this, undefined, !pulumi.runtime.isDryRun());

    const controller = host.names.part("controller");
    const ask = `docker exec -i ${controller} slipway-router`;
    const images = Promise.withResolvers<pulumi.Resource[]>();
    const guard = new HostCommand(
      `${name}-guard`,
      {
        host,
        run: `${ask} guard && ${stepAside}`,
        env: stepAsideVariables(
          host.names,
          slots.filter((slot) => !plan.slots[slot].frozen),
          release,
          settings.drainSeconds,
        ),
        stdin: JSON.stringify({ slot: target, release, rollout } satisfies Wish),
        timeoutSeconds: 2 * settings.drainSeconds + 120,
      },
      pulumi.mergeOptions(
        // One that refuses while a database is being made anew would leave it away.
        { parent: this, dependsOn: [router, databases], ...(newRelease ? {} : { ignoreChanges: ["*"] }) },
        // It puts the way back away: not before there is something to take its place.
        { dependsOn: images.promise },
      ),
    );
    const isBackedUp = newRelease || loses !== "";
    const backup = new Backup(
      `${name}-backup`,
      { host, databases, settings, leaving, copies, before: { rollout, release: release.id }, frozen: !isBackedUp },
      { parent: this, dependsOn: [databases, guard] },
    );
    const begins = args.hostByHost.begin((prepared: PreparedSlot) => {
      const command = { host, settings: settings.release, slot: target, release, rollout, container, ...prepared };
      return releaseCommand(`${name}-release-command`, { ...command, dependsOn: [backup], frozen: !newRelease }, this);
    });
    const pair = [target, otherSlot(target)].map(
      (slot) =>
        new Slot(
          `${name}-${slot}`,
          {
            host,
            router,
            slot,
            plan: plan.slots[slot],
            rollout,
            // A release that alters tables as it starts would wait behind the dump, and live behind the release.
            startAfter: plan.slots[slot].frozen ? [] : [backup, ...args.hostByHost.begun],
            ...(slot === target ? begins : {}),
            ...(build ? { build } : {}),
            container,
            databases,
            // What is only mended waits for nobody: live may be down.
            after: plan.slots[slot].frozen ? [databases] : [databases, guard],
          },
          { parent: this },
        ),
    );
    images.resolve(pair.flatMap(({ ready }) => ready));
    const holds = { blue: plan.slots.blue.release, green: plan.slots.green.release };
    const roles = rolesAround(host.names.prefix, settings, holds, target);
    const andRoles = (step: string) => (roles ? `${step} && ${roles.align}` : step);
    const undo = moves ? andRoles(`${ask} undo ${String(rollout)}`) : undefined;
    const part = { host, ready: [backup, ...pair], undo };
    const timeoutSeconds = longestRollout(settings, Math.max(holds.blue.replicas, holds.green.replicas));
    const promote = args.hostByHost.add(
      part,
      ({ dependsOn, onFailure }) =>
        new HostCommand(
          `${name}-promote`,
          {
            host,
            env: {
              CONTROLLER: controller,
              CHANGES: changesScript,
              ...{ IMAGES: removalScript, ENDED: endedScript, SLOT: target },
              HELD: heldImages([holds.blue.image, holds.green.image]),
              ...{ KEEP: String(settings.image.keep), SERVICE: settings.service, STACK: host.stack },
            },
            run: promotion(controller, `${ask} promote`, timeoutSeconds, roles),
            outlivesConnection: true,
            onFailure,
            stdin: JSON.stringify({
              slot: target,
              release,
              rollout,
              holds,
              by: deployer(criticalReason(settings)),
              ...(isBackedUp ? { backup: backup.files } : {}),
              ...(loses === "" ? {} : { loses }),
            } satisfies Promotion),
            timeoutSeconds,
          },
          { parent: this, dependsOn, ...(action === "none" ? { ignoreChanges: ["*"] } : {}) },
        ),
    );
    const isQuiet = action === "none" && !isMended;
    const again = isMended ? new Date().toISOString() : `rollout ${String(rollout)}`;
    const answered = new HostCommand(
      `${name}-answer`,
      {
        host,
        run: andRoles(`${ask} await-answer`),
        stdin: JSON.stringify({
          slot: target,
          release: release.id,
          seconds: settings.health.gateSeconds,
          steadySeconds: isMended ? 3 : 0,
          again,
        } satisfies AwaitedAnswer),
        timeoutSeconds: settings.health.gateSeconds + 30 + longestRoles(settings),
      },
      { parent: this, dependsOn: [promote, ...pair], ...(isQuiet ? { ignoreChanges: ["*"] } : {}) },
    );
    const whenSeen = { parent: this, dependsOn: answered, ...(isQuiet ? { ignoreChanges: ["*"] } : {}) };
    lookThroughFront(`${name}-front`, { host, router, front: settings.behind, again }, whenSeen);
    this.url = pulumi.output(addressOf(settings));
    this.live = args.hostByHost.whenDone(answered, { ...outputOf(target, holds[target]), ...closedIn(ledger) });
    const standby = otherSlot(target);
    const isWarm = loses === "" && (action !== "none" || ledger.slots[standby].state === "holds");
    this.standby = args.hostByHost.whenDone(answered, isWarm ? outputOf(standby, holds[standby]) : null);
    if (!pulumi.runtime.isDryRun()) {
      pulumi.all([this.url, this.live, this.standby]).apply(([url, live, standby]) => {
        void pulumi.log.info(describeUp(url, live, standby), this);
      });
    }
    this.registerOutputs({ url: this.url, live: this.live, standby: this.standby });
  }
}
