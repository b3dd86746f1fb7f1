import * as pulumi from "@pulumi/pulumi";
import { roleClockProgram } from "../lib/releases/roles.ts";
import { declareClock } from "./clock.ts";
import type { Host } from "./host.ts";

/**
 * Has the host start roles that have a schedule by its own clock.
 *
 * It looks once a minute and asks the rollout controller who is live. What runs and when is told by live's containers, so that it needs no
 * change with a release, nor with a way back.
 */
export class RoleClock extends pulumi.ComponentResource {
  constructor(name: string, { host }: { readonly host: Host }, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:service:RoleClock", name, {}, opts);
    declareClock(
      name,
      {
        host,
        unit: `slipway-roles-${host.names.prefix}`,
        what: "a look at which roles are due",
        setting: "slipway:roles",
        byHand: "let the role run a scheduler of its own (docs/own-service.md#work-by-the-clock)",
        timer: ["OnCalendar=*-*-* *:*:00 UTC"],
        limit: "50s",
        program: roleClockProgram(host.names.prefix),
      },
      this,
      opts?.dependsOn,
    );
    this.registerOutputs({});
  }
}
