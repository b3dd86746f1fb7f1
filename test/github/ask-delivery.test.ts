import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askBuilds, askCommits } from "../../github/ask-delivery.ts";
import { connect } from "../../github/octokit.ts";
import { builds } from "../../monitoring/builds.ts";
import { deploymentsOf } from "../../monitoring/delivery.ts";
import { leadTime } from "../../monitoring/lead-time.ts";
import type { Digested } from "../../router/telling/digest.ts";
import { at, begin, DeliveryStandIn, historyOf, type DeliveryWorld } from "./support/delivery-stand-in.ts";

const [token, where] = ["t-1", { owner: "ape", repo: "service" }];
let github: DeliveryStandIn;
beforeAll(async () => {
  github = await DeliveryStandIn.start(token);
});
afterAll(() => {
  github.stop();
});
const octokit = (by = token) => connect(by, { baseUrl: github.address });
const stretch = (from: number, to: number) => ({ since: begin + from * 60_000, until: begin + to * 60_000 });

const deployed = (number: number, minute: number, version: string): Digested => ({
  ...{ rollout: number, kind: "release", strategy: "blue-green", version, release: `${version}-a`, from: null },
  ...{ startedAt: at(minute), endedAt: at(minute), verdict: "promoted", reachedPercent: 100, backedUp: true },
});
const empty: DeliveryWorld = { runs: [], commits: [], tags: {} };

interface Promoted {
  readonly minute: number;
  readonly version: string;
}

async function measured(promoted: readonly Promoted[], from: number, to: number) {
  const rollouts = promoted.map(({ minute, version }, index) => deployed(index + 1, minute, version));
  const within = stretch(from, to);
  const delivered = await askCommits(octokit(), where, deploymentsOf(rollouts, within));
  return { builds: builds(await askBuilds(octokit(), where, within), within), leadTime: leadTime(delivered) };
}

/** Takes the smallest and the largest away until one or two are left. */
function middle(values: readonly number[]): number | null {
  const left = values.toSorted((a, b) => a - b);
  for (; left.length > 2; left.shift()) left.pop();
  return left.length === 0 ? null : left.reduce((sum, each) => sum + each, 0) / left.length;
}

/** The same as a person would count it who sees the whole repository, minute by minute. Shares no code with what it judges. */
function naive(
  { runs, commits, tags, ...rest }: DeliveryWorld,
  promoted: readonly Promoted[],
  from: number,
  to: number,
) {
  const world = { runs, commits, tags, ...rest };
  const ended: { isGood: boolean; seconds: number }[] = [];
  const waited: number[] = [];
  let [deployments, unknown] = [0, 0];
  let running: Set<number> | undefined;
  const everDeployed = new Set<number>();
  let known = false;
  for (let minute = 0; minute < to; minute++) {
    for (const { attempts } of runs)
      for (const { from: start, to: end, conclusion } of attempts)
        if (end === minute && minute >= from && ["success", "failure", "timed_out"].includes(conclusion ?? ""))
          ended.push({ isGood: conclusion === "success", seconds: (end - start) * 60 });
    for (const { minute: when, version } of promoted) {
      if (when !== minute) continue;
      const tag = tags[`v${version}`];
      const now = tag === undefined ? undefined : historyOf(world, tag);
      if (minute < from) {
        // Only what ran when the stretch began was there before.
        everDeployed.clear();
      } else if (known) {
        deployments++;
        if (now === undefined || running === undefined) unknown++;
        else
          for (const commit of now)
            if (!everDeployed.has(commit)) waited.push(Math.max(0, minute - (commits[commit]?.committed ?? 0)) * 60);
      }
      known = true;
      running = minute < from ? now : (now ?? running);
      for (const commit of now ?? []) everDeployed.add(commit);
    }
  }
  const seconds = ended.map((each) => each.seconds);
  const good = ended.filter(({ isGood }) => isGood).length;
  const sorted = waited.toSorted((a, b) => a - b);
  return {
    builds: {
      ...{ attempts: ended.length, succeeded: good, successRate: ended.length ? good / ended.length : null },
      meanSeconds: ended.length ? seconds.reduce((sum, each) => sum + each, 0) / ended.length : null,
      medianSeconds: middle(seconds),
    },
    leadTime: {
      ...{ deployments, unknown, commits: waited.length, medianSeconds: middle(waited) },
      p95Seconds: sorted.find((_, index) => (index + 1) * 100 >= 95 * sorted.length) ?? null,
    },
  };
}

const days = 1_440;
const conclusion = fc.constantFrom("success", "success", "failure", "timed_out", "cancelled", "skipped", null);
const attempt = fc.record({
  wait: fc.integer({ min: 0, max: 300 }),
  takes: fc.integer({ min: 0, max: 60 }),
  conclusion,
});
/** Commits on several lines with merges, versions on any of them, deployed in any order, also twice and back to an older one. */
const history = fc
  .record({
    commits: fc.array(
      fc.record({ wait: fc.integer({ min: 0, max: 600 }), back: fc.integer({ min: 1, max: 3 }), merges: fc.boolean() }),
      { minLength: 1, maxLength: 40 },
    ),
    runs: fc.array(
      fc.record({
        wait: fc.integer({ min: 0, max: 900 }),
        attempts: fc.array(attempt, { minLength: 1, maxLength: 3 }),
      }),
      { maxLength: 25 },
    ),
    versions: fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
    deployments: fc.array(fc.record({ wait: fc.integer({ min: 1, max: 2_000 }), version: fc.nat() }), {
      maxLength: 10,
    }),
    from: fc.integer({ min: 0, max: 4 * days }),
    length: fc.integer({ min: 1, max: 10 * days }),
  })
  .map(({ commits, runs, versions, deployments, from, length }) => {
    let [committed, created, minute] = [0, 2 * days, 0];
    const world: DeliveryWorld = {
      commits: commits.map(({ wait, back, merges }, index) => ({
        committed: (committed += wait),
        parents: [...new Set([index - back, ...(merges ? [index - 1] : [])])].filter((parent) => parent >= 0),
      })),
      runs: runs.map(({ wait, attempts }, index) => {
        let now = (created += wait);
        return {
          ...{ id: index + 1, created },
          attempts: attempts.map((each) => ({
            ...{ from: (now += each.wait), to: (now += each.takes), conclusion: each.conclusion },
          })),
        };
      }),
      tags: Object.fromEntries(versions.map((at, index) => [`v1.${String(index)}.0`, at % commits.length])),
    };
    const promoted = deployments.map(({ wait, version }) => ({
      minute: (minute += wait),
      // One of them was never tagged.
      version: `1.${String(version % (versions.length + 1))}.0`,
    }));
    // A run that began long before and was run again is not asked for.
    const begins = from + 2 * days;
    const asked = { ...world, runs: world.runs.filter((run) => run.created >= begins - days) };
    return { world: asked, promoted, from: begins, to: begins + length };
  });

test("on 50 histories by chance, builds and lead times are those of a person who sees the whole repository", async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ world, promoted, from, to }) => {
      github.world = world;
      const exact = naive(world, promoted, from, to);
      expect(await measured(promoted, from, to)).toEqual(exact);
    }),
    { numRuns: 50, endOnFailure: true },
  );
  expect(github.wrong).toEqual([]);
});

describe("GitHub", () => {
  test("ends silently at a thousand runs: all of them are found", async () => {
    const runs = Array.from({ length: 2_500 }, (_, index) => ({
      ...{ id: index + 1, created: index, attempts: [{ from: index, to: index + 1, conclusion: "success" }] },
    }));
    github.world = { ...empty, runs };
    expect((await measured([], 0, 3_000)).builds).toMatchObject({ attempts: 2_500, successRate: 1, meanSeconds: 60 });
  });

  test("gives a comparison in pages: each commit counts", async () => {
    const commits = Array.from({ length: 351 }, (_, index) => ({
      committed: 0,
      parents: index === 0 ? [] : [index - 1],
    }));
    github.world = { ...empty, commits, tags: { "v1.0.0": 0, "v1.1.0": 350 } };
    const promoted = [
      { minute: 10, version: "1.0.0" },
      { minute: 20, version: "1.1.0" },
    ];
    expect((await measured(promoted, 0, 30)).leadTime).toMatchObject({ commits: 350, medianSeconds: 1_200 });
  });

  test("has a version as a tag with or without v, or as a commit", async () => {
    const commits = [0, 1, 2, 3].map((index) => ({ committed: 0, parents: index === 0 ? [] : [index - 1] }));
    github.world = { ...empty, commits, tags: { "v1.0.0": 0, "v1.1.0": 1 } };
    const promoted = ["1.0.0", "v1.1.0", "sha-0000002", "sha-0000003", "sha-fffffff"];
    const all = promoted.map((version, index) => ({ minute: 10 + index, version }));
    expect((await measured(all, 0, 30)).leadTime).toMatchObject({ deployments: 4, unknown: 1, commits: 3 });
  });

  test("that hides the repository is no repository without builds", async () => {
    github.world = empty;
    await expect(askBuilds(octokit("other"), where, stretch(0, 10))).rejects.toMatchObject({ status: 404 });
    await expect(askCommits(octokit("other"), where, [])).rejects.toMatchObject({ status: 404 });
  });
});

test("nothing that happened has no share and no time, not 0 and not NaN", async () => {
  github.world = empty;
  expect(await measured([], 0, 10)).toEqual({
    builds: { attempts: 0, succeeded: 0, successRate: null, meanSeconds: null, medianSeconds: null },
    leadTime: { deployments: 0, unknown: 0, commits: 0, medianSeconds: null, p95Seconds: null },
  });
});
