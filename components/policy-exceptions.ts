import * as pulumi from "@pulumi/pulumi";
import type { PolicySettings } from "../settings/policy-schema.ts";

/**
 * What the policy pack lets pass. A pack sees resources and no configuration, so this resource, which does nothing, tells it.
 *
 * What must never happen here: another resource is registered before this one is, and refused although somebody answers for it. So whoever
 * declares it waits for {@link seen}.
 */
export class PolicyExceptions extends pulumi.ComponentResource {
  /** Settled once the pack has seen it. */
  readonly seen: Promise<void>;

  constructor(name: string, { exceptions }: PolicySettings["policy"], opts?: pulumi.ComponentResourceOptions) {
    super("slipway:policy:Exceptions", name, { exceptions }, opts);
    this.seen = new Promise((resolve) => {
      this.urn.apply(() => {
        resolve();
      });
    });
    this.registerOutputs({});
  }
}
