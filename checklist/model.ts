import { createHash } from "node:crypto";
import type { Problem } from "../lib/problem.ts";

/**
 * The words of the bootstrap checklist. Pure.
 *
 * What must never happen here: that something counts as proven that nobody looked at.
 */

/** The guide's ten items, in its order and in its words, and one of ours for stacks that have data. */
export const titles = {
  "github-secrets": "GitHub secrets configured",
  "ssh-access": "SSH access to servers verified",
  notices: "Slack/email notifications tested",
  hooks: "Pre-commit hooks installed",
  "branch-rules": "Branch protection rules set",
  environments: "Environment protection configured",
  dashboards: "Monitoring dashboards created",
  rollback: "Rollback procedure tested",
  training: "Team trained on workflow",
  documentation: "Documentation reviewed",
  backups: "Backups made, and copied where that is declared",
} as const;

export type ItemName = keyof typeof titles;
export const itemNames = Object.keys(titles) as readonly ItemName[];

/** `could-not-look` says nothing for or against an item: a token too weak, a host that does not answer, a part that needs a person. */
export const outcomes = ["broken", "could-not-look", "proven"] as const;
export type Outcome = (typeof outcomes)[number];

/** One thing that a probe saw. */
export interface Finding {
  readonly outcome: Outcome;
  /** What was seen, without a full stop; never a secret. */
  readonly detail: string;
  /** What to do now, preferably a command to run; null where all is well. */
  readonly fix: string | null;
}

export const proven = (detail: string): Finding => ({ outcome: "proven", detail, fix: null });
export const broken = (detail: string, fix: string): Finding => ({ outcome: "broken", detail, fix });
export const unseen = (detail: string, fix: string): Finding => ({ outcome: "could-not-look", detail, fix });

/** A problem that others found, as a finding. */
export function findingOf({ path, problem, got, allowed, fix }: Problem, outcome: Outcome = "broken"): Finding {
  const found = got === undefined ? "" : `, got ${got}`;
  const right = allowed === undefined ? "" : `; allowed ${allowed}`;
  return { outcome, detail: `${path}: ${problem}${found}${right}`, fix };
}

/**
 * Longest that a probe may take, in seconds. All look side by side, so with the command's own start the whole checklist is over within a
 * minute, but for a drill.
 */
export const longestLookSeconds = 55;

/** One question about an item. */
export interface Probe {
  readonly name: string;
  /** Longest that it may take, in seconds, mending and a second look included. @default {@link longestLookSeconds}, and the drill alone has more */
  readonly limitSeconds?: number;
  /** Looks; changes nothing unless it was asked to. What it throws means that it could not look. */
  readonly look: () => Promise<readonly Finding[]>;
  /** Mends what is broken, where that is safe. @default nothing can */
  readonly mend?: () => Promise<void>;
}

export interface Item {
  readonly name: ItemName;
  /** Setting that the item stands on: where a reader of the stack file looks. */
  readonly setting: string;
  readonly probes: readonly Probe[];
}

/** What came of a probe. */
export interface Evidence {
  readonly probe: string;
  readonly outcome: Outcome;
  /** When it was looked at, ISO 8601. */
  readonly at: string;
  /** SHA-256 over what was seen: the same as long as nothing changes. */
  readonly digest: string;
  readonly findings: readonly Finding[];
}

/** What came of an item. */
export interface ItemResult {
  readonly name: ItemName;
  readonly title: string;
  readonly setting: string;
  readonly outcome: Outcome | "skipped";
  /** Why it was skipped, or when it was seen by an earlier run. @default it was looked at now */
  readonly reason?: string;
  readonly evidence: readonly Evidence[];
}

/** The whole checklist of a stack. */
export interface Checklist {
  readonly stack: string;
  readonly at: string;
  readonly items: readonly ItemResult[];
}

/** The worst of them; where there is nothing, nothing was looked at. */
export const worst = (all: readonly Outcome[]): Outcome =>
  outcomes.find((outcome) => all.includes(outcome)) ?? "could-not-look";

export function evidenceOf(probe: string, findings: readonly Finding[], at: Date): Evidence {
  const digest = createHash("sha256").update(JSON.stringify(findings)).digest("hex");
  return { probe, outcome: worst(findings.map(({ outcome }) => outcome)), at: at.toISOString(), digest, findings };
}

/** What of a checklist counts: a skipped item is nobody's proof, and no fault either. */
export const outcomeOf = ({ items }: Checklist): Outcome =>
  worst(items.flatMap(({ outcome }) => (outcome === "skipped" ? [] : [outcome])));
