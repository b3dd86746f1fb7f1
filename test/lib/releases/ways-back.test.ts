import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { releaseScript } from "../../../lib/releases/slot-scripts.ts";
import {
  listedLine,
  listRollouts,
  parseWaysBack,
  wayBackProblem,
  type KnownReleases,
} from "../../../lib/releases/ways-back.ts";
import type { Release } from "../../../router/ledger.ts";
import type { RolloutRecord } from "../../../router/telling/record.ts";

const digest = (version: string) => `ghcr.io/a/api:${version}@sha256:${version.replaceAll(".", "")}`;
const release = (version: string, image = digest(version)): Release => ({
  ...{ id: `${version}-aaaaaaaa`, version, image, fingerprint: "2:f", replicas: 1 },
});
const record = (rollout: number, to: Release, verdict: RolloutRecord["verdict"] = "promoted"): RolloutRecord => ({
  ...{ schema: 1, rollout, service: "api", kind: "release", slot: "blue", from: null, to, by: "ada", backup: [] },
  ...{ startedAt: "2026-11-27T10:00:00Z", endedAt: "2026-11-27T10:01:00Z", steps: [], verdict, reason: null },
  traffic: { blue: null, green: null },
});

/** 1.3.0 is live, 1.2.0 warm; 1.1.0 was rejected, of 1.0.0 the host has the image, of 0.9.0 no more, and 0.8.0 was built there. */
const known: KnownReleases = {
  ledger: {
    live: "blue",
    running: null,
    slots: {
      blue: { release: release("1.3.0"), state: "holds" },
      green: { release: release("1.2.0"), state: "holds" },
    },
    withdrawn: [],
  },
  records: [
    record(7, release("1.3.0")),
    record(6, release("1.2.0")),
    record(5, release("1.1.0"), "rejected"),
    record(4, release("1.0.0")),
    record(3, release("0.9.0")),
    record(2, release("0.8.0", "api:0.8.0-0123")),
    record(1, release("1.0.0")),
  ],
  images: ["ghcr.io/a/api@sha256:100", "ghcr.io/a/api@sha256:130", "ghcr.io/a/api@sha256:110"],
};

describe("the list of rollouts", () => {
  test("says once of each release that served how to get back to it", () => {
    const ways = listRollouts(known).map(({ rollout, wayBack }) => [rollout, wayBack]);
    expect(ways).toEqual([
      [7, null],
      [6, "rollback"],
      [5, null],
      [4, "update"],
      [3, null],
      [2, "source"],
      [1, null],
    ]);
    const [, standby, , kept] = listRollouts(known).map(listedLine);
    expect(standby).toMatch(/→ 1\.2\.0-aaaaaaaa .* \[the standby holds it: slipway rollback\]$/);
    expect(kept).toMatch(/\[its image is on the host: pulumi up --yes --non-interactive -c slipway:version=1\.0\.0\]$/);
  });

  test("leads to nothing that was withdrawn, and to no standby that is not fit", () => {
    const { ledger } = known;
    const withdrawn = [{ release: "1.2.0-aaaaaaaa", by: "ada", reason: null, at: "" }];
    expect(listRollouts({ ...known, ledger: { ...ledger, withdrawn } })[1]?.wayBack).toBeNull();
    const slots = { ...ledger.slots, green: { ...ledger.slots.green, state: "preparing" } } as const;
    expect(listRollouts({ ...known, ledger: { ...ledger, slots } })[1]?.wayBack).toBeNull();
  });
});

describe("slipway rollback --to", () => {
  test("goes to what the standby holds, by version or id", () => {
    expect(wayBackProblem(known, "1.2.0", "host")).toBeNull();
    expect(wayBackProblem(known, "1.2.0-aaaaaaaa", "host")).toBeNull();
  });

  test("to any other version is refused with the way there, and with all that can be gone back to", () => {
    expect(wayBackProblem(known, "1.0.0", "host")?.split("\n")).toEqual([
      "rollback: host: the standby does not hold 1.0.0, got 1.2.0-aaaaaaaa there; allowed what the standby holds. Fix: its image is on the host: pulumi up --yes --non-interactive -c slipway:version=1.0.0",
      "  1.2.0-aaaaaaaa: the standby holds it: slipway rollback",
      "  1.0.0-aaaaaaaa: its image is on the host: pulumi up --yes --non-interactive -c slipway:version=1.0.0",
      "  0.8.0-aaaaaaaa: it was built here: check out its source, then pulumi up --yes --non-interactive -c slipway:version=0.8.0",
    ]);
    expect(wayBackProblem(known, "0.9.0", "host")).toContain("does not hold 0.9.0, got 1.2.0-aaaaaaaa there");
    expect(wayBackProblem(known, "0.9.0", "host")).toContain("Fix: choose one of these\n");
    expect(wayBackProblem(known, "1.3.0", "host")).toContain("rollback: host: 1.3.0 is live, got");
    const withdrawn = [{ release: "1.0.0-aaaaaaaa", by: "ada", reason: null, at: "" }];
    const after = { ...known, ledger: { ...known.ledger, withdrawn } };
    expect(wayBackProblem(after, "1.0.0", "host")).toContain("1.0.0 was withdrawn, and comes only after slipway allow");
    const first = { ...known, records: [record(1, release("1.3.0"))], ledger: { ...known.ledger, live: null } };
    expect(wayBackProblem(first, "1.0.0", "host")).toContain("got no standby; allowed what the standby holds. Fix:");
  });
});

test("only images that the host has are told, by their digests", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-ways-back-"));
  writeFileSync(
    join(folder, "docker"),
    `#!/bin/sh
case "$*" in
  *ledger) echo '{"live":null}' ;;
  *"rollouts --json") echo '${JSON.stringify(known.records)}' ;;
  "image inspect --format . ghcr.io/a/api@sha256:100") ;;
  *) exit 1 ;;
esac
`,
  );
  chmodSync(join(folder, "docker"), 0o755);
  const env = { PATH: `${folder}:/usr/bin:/bin`, CONTROLLER: "c" };
  const { stdout, status } = spawnSync("sh", ["-euc", releaseScript("ways-back")], { encoding: "utf8", env });
  rmSync(folder, { recursive: true });
  expect(status).toBe(0);
  expect(parseWaysBack(stdout.trim().split("\n"))).toMatchObject({
    records: known.records,
    images: ["ghcr.io/a/api@sha256:100"],
  });
});
