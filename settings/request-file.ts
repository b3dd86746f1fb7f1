import { execFileSync } from "node:child_process";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import type { Problem } from "../lib/problem.ts";
import { decoded } from "./decoded.ts";
import type { Entry } from "./read-configuration.ts";

/** Sections that say where a preview sends one of the stack's secrets, and which. */
const destinations = [
  ["registry", "registryPassword"],
  ["github", "githubAppKey"],
] as const;

/**
 * In the preview of a pull request the stack's file is the request's own, beside what decrypts it (decision D17). So nobody's unreviewed change
 * may say where its secrets are sent. Pure.
 *
 * @param entries as the engine has read them: it may take a file for another one than we do
 * @param base text of the file before the request; undefined where none was there
 * @param defaults what Pulumi.yaml says for all stacks, which is the program's
 */
export function redirectedSecrets(
  entries: readonly Entry[],
  base: string | undefined,
  defaults: readonly Pick<Entry, "key" | "value">[],
): Problem[] {
  const { config = {} } = (parse(base ?? "", { merge: true }) ?? {}) as { config?: Readonly<Record<string, unknown>> };
  // The later one of two counts, as for the engine.
  const before = [
    ...defaults.map(({ key, value }) => [key, decoded(value)] as const),
    ...Object.entries(config).map(([key, value]) => [withNamespace(key), value] as const),
  ];
  const now = entries.map(({ key, value }) => [key, decoded(value)] as const);
  return destinations.flatMap(([section, secret]) => {
    const path = `slipway:${section}`;
    const of = (all: readonly (readonly [string, unknown])[]) =>
      Object.fromEntries(
        all.filter(([key]) => key === path || key.startsWith(`${path}.`) || key.startsWith(`${path}[`)),
      );
    const isSent = entries.some(({ key, value }) => key === `slipway:${secret}` && value !== "");
    if (!isSent || isDeepStrictEqual(of(now), of(before))) return [];
    return [
      {
        path,
        problem: `is another one than before this pull request, and a preview would send slipway:${secret} there`,
        allowed: "what the base of the pull request has",
        fix: "none: it is previewed once somebody has read and merged it, or when a maintainer starts the preview by hand",
      },
    ];
  });
}

/** Whether what runs is the preview of a pull request, as GitHub's runner says. */
export const isOfRequest = (event = process.env.GITHUB_EVENT_NAME): boolean =>
  event === "pull_request" || event === "pull_request_target";

/** A file of the working folder as the commit has it that is checked out; undefined where it has none, or nobody can tell. */
export function committed(file: string): string | undefined {
  try {
    return execFileSync("git", ["show", `HEAD:./${file}`], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}

/** As the engine completes a key. */
const withNamespace = (key: string) => (key.includes(":") ? key : `slipway:${key}`);
