import * as pulumi from "@pulumi/pulumi";
import { forOlderPlugin, missingInputs } from "../../github/older-plugin.ts";

/**
 * Makes every resource of GitHub fit the older plugin, for machines that can't download the vendor's.
 *
 * Says once what is left out: nothing that the older plugin lacks may be missing silently.
 */
export async function fitOlderPlugin(): Promise<void> {
  pulumi.runtime.registerResourceTransform(({ type, props, opts }) => {
    if (!type.startsWith("github:")) return undefined;
    return { props: forOlderPlugin(type, props).inputs, opts };
  });
  const list = missingInputs
    .filter(({ olderName }) => olderName === undefined)
    .map(({ resource, input, instead }) => `${resource}.${input} (${instead})`);
  await pulumi.log.warn(
    `The GitHub plugin was built from Go modules and is older than @pulumi/github. Left out of what it is given: ${list.join(", ")}.`,
  );
}
