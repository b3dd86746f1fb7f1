import type * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { HostCommand } from "./host-command.ts";
import type { Host } from "./host.ts";

/** Something that a host does by its own clock. */
export interface ClockArgs {
  readonly host: Host;
  /** Name of systemd's units. */
  readonly unit: string;
  /** What is done, in words. */
  readonly what: string;
  /** The setting that wants it, and what to do on a host without systemd. */
  readonly setting: string;
  readonly byHand: string;
  /** When, as lines of a `[Timer]`. */
  readonly timer: readonly string[];
  /** Longest that it may take at one time, as systemd writes it. */
  readonly limit: string;
  /** Text of the program that does it. */
  readonly program: string;
}

const script = (file: string) => readFileSync(new URL(`../lib/hosts/preparation/${file}.sh`, import.meta.url), "utf8");

/**
 * A timer of systemd's on a host, which runs a program as the user who deploys; with the component that declares it the timer goes.
 *
 * What must never happen here: that something which listens, or the rollout controller, gets at the engine or at the data.
 */
export function declareClock(
  name: string,
  { host, unit, what, setting, byHand, timer, limit, program }: ClockArgs,
  parent: pulumi.Resource,
  dependsOn: pulumi.ComponentResourceOptions["dependsOn"] = [],
): void {
  const common = { host, asRoot: true, timeoutSeconds: 60 } as const;
  const env = { UNIT: unit, WHAT: what };
  const on = new HostCommand(
    `${name}-on`,
    {
      ...common,
      run: script("clock"),
      env: {
        ...env,
        SETTING: setting,
        BY_HAND: byHand,
        DEPLOYER: host.connection.deployer ?? "root",
        TIMER: timer.join("\n"),
        LIMIT: limit,
        PROGRAM: program,
      },
    },
    { parent, dependsOn },
  );
  new HostCommand(
    `${name}-off`,
    { ...common, run: script("clock-off"), env, runsWhen: "deleted" },
    { parent, dependsOn: on },
  );
}
