import { expect, test } from "vitest";
import { formatProblem } from "../../../lib/problem.ts";
import { emptyLedger, type Ledger } from "../../../lib/releases/ledger.ts";
import type { Release } from "../../../lib/releases/release.ts";
import { planSlots } from "../../../lib/releases/slot-plan.ts";
import { remade, usedNumberProblem, type KnownImages } from "../../../lib/releases/used-number.ts";

const release = (version: string, image = `api:${version}-first`): Release => ({
  id: `${version}-${image.replace(/[^a-z0-9]/g, "").slice(-8)}`,
  version,
  image,
  fingerprint: "f",
  replicas: 1,
});

const ledger: Ledger = {
  ...emptyLedger,
  rollout: 5,
  promoted: 5,
  served: ["1.5.0", "1.4.0", "1.3.0"],
  live: "green",
  slots: {
    blue: { release: release("1.4.0"), state: "holds" },
    green: { release: release("1.5.0"), state: "holds" },
  },
};

function refused(wanted: Release, known: Partial<KnownImages> = {}, from = ledger): string | undefined {
  const images = known.images ?? [`api:${wanted.version}-first`];
  const all = { same: [], isBuilt: true, path: "slipway:host", ...known, images };
  const problem = usedNumberProblem(planSlots(from, wanted), from, all);
  return problem && formatProblem(problem);
}

test("going back to a number whose source was edited meanwhile is refused, and the way back is named", () => {
  expect(refused(release("1.4.0", "api:1.4.0-edited"))).toBe(
    "slipway:version: 1.4.0 was live on slipway:host with another image: this would not go back to it, but forward under its number, " +
      "got api:1.4.0-edited; allowed api:1.4.0-first, or a version that was never live. Fix: `slipway rollback` goes back to it; " +
      "to release what slipway:image.build holds now: pulumi config set slipway:version <another version>",
  );
});

test("a number that no slot holds any more goes out only as what it was", () => {
  expect(refused(release("1.3.0", "api:1.3.0-edited"))).toContain(
    "Fix: check out the source of that version; to release",
  );
  expect(refused(release("1.3.0", "api:1.3.0-edited"), { images: [] })).toContain("what nobody remembers");
  expect(refused(release("1.3.0"))).toBeUndefined();
  expect(refused(release("1.3.0", "api:1.3.0-new"), { same: ["api:1.3.0-first"] })).toBeUndefined();
});

test("a tag that was moved in the registry is another image, one that only lies elsewhere is not", () => {
  const pulled = { isBuilt: false, images: ["ghcr.io/acme/api@sha256:aa"] };
  expect(refused(release("1.3.0", "ghcr.io/acme/api@sha256:bb"), pulled)).toContain(
    "push the image of that version again",
  );
  expect(refused(release("1.3.0", "quay.io/acme/api:1.3.0@sha256:aa"), pulled)).toBeUndefined();
  expect(refused(release("1.3.0", "ghcr.io/acme/api@sha256:bb"), { isBuilt: false, images: [] })).toBeUndefined();
});

test.each([
  ["a new number", release("1.6.0"), ledger],
  ["the standby's own", release("1.4.0"), ledger],
  ["the standby's own with other settings", { ...release("1.4.0"), id: "1.4.0-otherenv" }, ledger],
  ["what is live, edited", release("1.5.0", "api:1.5.0-edited"), ledger],
  ["the first release", release("1.4.0", "api:1.4.0-edited"), emptyLedger],
  [
    "a number that was rejected and corrected",
    release("1.6.0", "api:1.6.0-edited"),
    { ...ledger, slots: { ...ledger.slots, blue: { release: release("1.6.0"), state: "preparing" as const } } },
  ],
])("goes out: %s", (_, wanted, from) => {
  expect(refused(wanted, {}, from)).toBeUndefined();
});

test("a journal that does not say what was live knows what its warm slot holds", () => {
  expect(refused(release("1.4.0", "api:1.4.0-edited"), {}, { ...ledger, served: [] })).toContain("was live");
});

test("what is live, edited under its own number, goes out and the plan says so", () => {
  const edited = release("1.5.0", "api:1.5.0-edited");
  expect(remade(planSlots(ledger, edited), ledger)).toContain(
    "Version 1.5.0 is live already with another image, api:1.5.0-first",
  );
  expect(remade(planSlots(ledger, release("1.6.0")), ledger)).toBeUndefined();
  expect(remade(planSlots(ledger, { ...release("1.5.0"), id: "1.5.0-otherenv" }), ledger)).toBeUndefined();
});
