import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { lastOutput } from "../../lib/own-state.ts";
import { formatProblem } from "../../lib/problem.ts";
import type { Approved } from "./approvals.ts";
import { kinds, type Guards } from "../kinds/index.ts";
import type { KindName } from "../kinds/kind.ts";
import type { Mend } from "./mends.ts";

/** The stack's output `rules`: what the next update is held against. */
export interface Rules {
  /** How strict everything is that the stack declares on GitHub. Marked as secret, or its hundred lines would hide what a run has to say. */
  readonly guards: pulumi.Output<Guards>;
  /** Who answers for what is weaker than it was, or than the guide asks for. */
  readonly approvedWeakenings: readonly Approved[];
  /** What somebody changed by hand, and when an update mended it. */
  readonly mended: readonly Mend[];
  /** Checks by branch that the update left out, because nothing reports them yet. */
  readonly unreported: Readonly<Record<string, readonly string[]>>;
}

const output = z.object({
  guards: z.record(
    z.string(),
    z.record(z.string(), z.union([z.number(), z.boolean(), z.string(), z.array(z.string())])),
  ),
});

const moved = z.object({ movedTo: z.string() });

/** The governance stack that has taken over what this stack declared. */
export const governedBy = async (): Promise<string | undefined> =>
  moved.safeParse(await lastOutput("rules")).data?.movedTo;

/** What the last update declared; nothing where there was none. */
export async function lastGuards(): Promise<Guards> {
  return output.catch({ guards: {} }).parse(await lastOutput("rules")).guards;
}

const mends = z.object({
  mended: z.array(
    z.object({
      kind: z.string().refine((kind): kind is KindName => kind in kinds),
      name: z.string(),
      of: z.string().exactOptional(),
      is: z.enum(["changed", "missing"]),
      at: z.string(),
    }),
  ),
});

/** What earlier updates mended; nothing where there was none. */
export async function lastMends(): Promise<readonly Mend[]> {
  return mends.catch({ mended: [] }).parse(await lastOutput("rules")).mended;
}

/**
 * For a stack without `slipway:github`: nothing that the last update declared goes away unasked.
 *
 * @throws pulumi.RunError where it had some
 */
export async function keepRules(): Promise<Partial<Rules> | { readonly movedTo: string }> {
  const movedTo = await governedBy();
  if (movedTo !== undefined) return { movedTo };
  const objects = Object.keys(await lastGuards());
  if (objects.length === 0) return {};
  const problem = formatProblem({
    path: "slipway:github",
    problem: `is missing, and the last update declared the rules of ${objects.join(", ")}`,
    fix: "put it back, or give them to a governance stack with `slipway governance move`. To remove those rules, approve each of these by name in slipway:github.approvedWeakenings first, and take the section away after that update",
  });
  throw new pulumi.RunError(problem);
}
