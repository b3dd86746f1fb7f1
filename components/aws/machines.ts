import * as pulumi from "@pulumi/pulumi";
import { howToPin } from "../../lib/aws/how-to-pin.ts";
import type { AwsSettings } from "../../lib/aws/schema.ts";
import { openTo } from "../../lib/aws/open-to.ts";
import type { StackSettings } from "../../settings/load-settings.ts";
import { Machine } from "./machine.ts";
import { AwsProvider } from "./resource.ts";

/** What is known of one machine after an update. */
export interface MadeMachine {
  readonly address: pulumi.Output<string>;
  readonly instance: pulumi.Output<string>;
}

/**
 * Declares the machines of `slipway:aws`. As hosts they are like any other: `slipway:host` names the address of one and pins its key, which
 * AWS tells. Until it does, an update says how.
 *
 * @returns each by its name
 */
export function makeMachines(
  aws: AwsSettings,
  { stack, settings }: StackSettings,
): Readonly<Record<string, MadeMachine>> {
  const provider = new AwsProvider("aws", { region: aws.region }, {});
  const tags = { "slipway.service": settings.service, "slipway.stack": stack };
  const open = openTo(settings);
  const isHost = settings.host?.kind === "ssh";
  const made = Object.entries(aws.machines).map(([name, machine]) => {
    const { address, instance } = new Machine(`machine-${name}`, { provider, aws, machine, open, tags });
    pulumi.all([address, instance]).apply(([at, id]) => {
      if (!isHost) void pulumi.log.info(howToPin({ name, address: at, instance: id, region: aws.region }));
    });
    return [name, { address, instance }] as const;
  });
  return Object.fromEntries(made);
}
