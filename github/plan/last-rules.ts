import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { lastOutput } from "../../lib/own-state.ts";
import { formatProblem, type Problem } from "../../lib/problem.ts";
import type { RequiredCheck } from "../../workflows/ci.ts";
import type { Approved } from "./approvals.ts";
import { kinds, type Guards } from "../kinds/index.ts";
import type { KindName } from "../kinds/kind.ts";
import { prefixOf } from "../listed.ts";
import type { GitHubSettings } from "../schema.ts";
import type { Mend } from "./mends.ts";

/** The stack's output `rules`: what the next update is held against. */
export interface Rules {
  /** Whose rules: `acme/payments`. @default the stack lists all of its repositories */
  readonly of?: string;
  /** How strict everything is that the stack declares on GitHub. Marked as secret, or its hundred lines would hide what a run has to say. */
  readonly guards: pulumi.Output<Guards>;
  /** Who answers for what is weaker than it was, or than the guide asks for. */
  readonly approvedWeakenings: readonly Approved[];
  /** What somebody changed by hand, and when an update mended it. */
  readonly mended: readonly Mend[];
  /** Checks by branch that the update left out, because nothing reports them yet. */
  readonly unreported: Readonly<Record<string, readonly string[]>>;
  /** The same of each listed repository. @default none is listed */
  readonly repositories?: Readonly<Record<string, Rules>>;
  /** Older checks by branch that stand in for those. */
  readonly kept: Readonly<Record<string, readonly RequiredCheck[]>>;
}

const moved = z.object({ movedTo: z.string() });

/** The governance stack that has taken over what this stack declared. */
export const governedBy = async (): Promise<string | undefined> =>
  moved.safeParse(await lastOutput("rules")).data?.movedTo;

/** What the last update left of one repository. */
export interface LastRules {
  /** As in {@link Rules}. @default an earlier Slipway did not say */
  readonly of?: string | undefined;
  readonly guards: Guards;
  /** What updates mended so far. */
  readonly mended: readonly Mend[];
}

const guards = z
  .record(z.string(), z.record(z.string(), z.union([z.number(), z.boolean(), z.string(), z.array(z.string())])))
  .catch({});
const mended = z
  .array(
    z.object({
      kind: z.string().refine((kind): kind is KindName => kind in kinds),
      name: z.string(),
      of: z.string().exactOptional(),
      is: z.enum(["changed", "missing"]),
      at: z.string(),
    }),
  )
  .catch([]);
const one = z.object({ of: z.string().optional().catch(undefined), guards, mended });
const output = one.extend({ repositories: z.record(z.string(), one).catch({}) });

const nothing = { guards: {}, mended: [] };

/** Of a repository that no update has declared yet. */
export const noRules: LastRules = nothing;

/** What the last update left of the stack's own repository, and of each that it listed; nothing where there was none. */
export async function lastRules(): Promise<LastRules & { readonly listed: Readonly<Record<string, LastRules>> }> {
  const outputs = output.catch({ ...nothing, repositories: {} }).parse(await lastOutput("rules"));
  const { repositories: listed, ...own } = outputs;
  return { ...own, listed };
}

/**
 * For a stack without `slipway:github`: nothing that the last update declared goes away unasked.
 *
 * @throws pulumi.RunError where it had some
 */
export async function keepRules(): Promise<Partial<Rules> | { readonly movedTo: string }> {
  const movedTo = await governedBy();
  if (movedTo !== undefined) return { movedTo };
  const { guards, listed } = await lastRules();
  const objects = [
    ...Object.keys(guards),
    ...Object.entries(listed).flatMap(([name, rules]) =>
      Object.keys(rules.guards).map((object) => prefixOf(name) + object),
    ),
  ];
  if (objects.length === 0) return {};
  throw new pulumi.RunError(formatProblem(missing("slipway:github", objects)));
}

/** What the last update declared and what nothing here speaks of any more. @param path of the setting that did */
export const missing = (path: string, objects: readonly string[]): Problem => ({
  path,
  problem: `is missing, and the last update declared the rules of ${objects.join(", ")}`,
  fix: "put it back, or give them to a governance stack with `slipway governance move`. To remove those rules, approve each of these by name in slipway:github.approvedWeakenings first, and take the section away after that update",
});

/**
 * A stack stays with its repository: under another name the engine would rename it on GitHub and stop half-way at what is protected, and with
 * another owner it would take the rules of the one for those of the other. Pure.
 */
export function otherRepository({ owner, repository }: GitHubSettings, { of }: LastRules): Problem[] {
  const name = `${owner}/${repository}`;
  // GitHub does not tell capitals apart, but the engine does.
  if (of === undefined || of === name) return [];
  const isOwner = !of.startsWith(`${owner}/`);
  return [
    {
      path: `slipway:github.${isOwner ? "owner" : "repository"}`,
      problem: "names another repository than the one whose rules this stack declares",
      got: name,
      allowed: of,
      fix: "put it back. Another repository is listed under slipway:repositories or has a stack of its own; so does one that was renamed or given away on GitHub, which `slipway adopt` takes over",
    },
  ];
}

/**
 * GitHub has no such repository, or hides it, while the state still has it: an update would fail at each of its parts. Pure.
 *
 * @param listed name in `slipway:repositories`; undefined for the stack's own
 * @param known resources in the state, by URN
 */
export function lostRepository(
  { owner, repository }: GitHubSettings,
  listed: string | undefined,
  known: ReadonlyMap<string, unknown>,
): Problem[] {
  const end = `github:index/repository:Repository::${prefixOf(listed)}repository`;
  if (![...known.keys()].some((urn) => urn.endsWith(end))) return [];
  return [
    {
      path: "slipway:github.repository",
      problem: "is in this stack's state, and GitHub does not have it or hides it from this token",
      got: `${owner}/${repository}`,
      fix: "give the token access, or the repository its name back. Where it is gone for good, `pulumi refresh` lets the state forget it, and the next update makes it anew",
    },
  ];
}
