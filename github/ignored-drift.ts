import type { Finding } from "./drift.ts";
import type { GitHubSettings, IgnoredDrift } from "./schema.ts";

/** Something beside the declaration that may stay, and why. */
export interface Ignored {
  readonly sentence: string;
  readonly reason: string;
  /** Its entry in `slipway:github.ignoredDrift`. */
  readonly entry: number;
}

/**
 * Findings, and those of them that somebody gave a reason for. Pure.
 *
 * What must never happen here: that something is ignored which is declared, files apart, which are the team's. A declaration that is not meant is changed, or approved as a weakening.
 */
export function partIgnored(
  findings: readonly Finding[],
  github: Pick<GitHubSettings, "ignoredDrift" | "repository"> | undefined,
): { readonly findings: readonly Finding[]; readonly ignored: readonly Ignored[] } {
  const entries = github?.ignoredDrift ?? [];
  const parted = findings.map((finding) => {
    const entry = entries.findIndex((each) => matches(each, finding, github?.repository));
    return { finding, entry, reason: entries[entry]?.reason };
  });
  return {
    findings: parted.flatMap(({ finding, reason }) => (reason === undefined ? [finding] : [])),
    ignored: parted.flatMap(({ finding: { sentence }, entry, reason }) =>
      reason === undefined ? [] : [{ sentence, reason, entry }],
    ),
  };
}

function matches({ object, repository }: IgnoredDrift, finding: Finding, name: string | undefined): boolean {
  // Files are the team's from the first commit on.
  const mayStay = finding.is === "undeclared" || finding.kind === "file";
  if (!mayStay || (repository !== undefined && repository !== name)) return false;
  const parts = object.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(finding.object);
}

/** Entries that nothing is ignored by any more, for people. Pure. */
export function idleEntries(entries: readonly IgnoredDrift[], ignored: readonly Ignored[]): string[] {
  return entries.flatMap(({ object }, index) => {
    if (ignored.some(({ entry }) => entry === index)) return [];
    const path = `slipway:github.ignoredDrift[${index}]`;
    return [`${path}: nothing here is ${object}; pulumi config rm --path '${path}'`];
  });
}
