import { describe, expect, test } from "vitest";
import { freezeProblem } from "../../../lib/releases/freeze.ts";
import { formatProblem, type Problem } from "../../../lib/problem.ts";
import { emptyLedger, type Ledger } from "../../../lib/releases/ledger.ts";
import { makeRelease } from "../../../lib/releases/release.ts";
import { planSlots } from "../../../lib/releases/slot-plan.ts";
import { plainContainer } from "../../support/plain-container.ts";

const releaseOf = (version: string) => makeRelease({ version, image: `api:${version}`, container: plainContainer });
const ledger: Ledger = {
  ...emptyLedger,
  rollout: 2,
  promoted: 2,
  served: ["1.10.0", "1.9.0", "2024.10.01"],
  live: "blue",
  slots: {
    blue: { release: releaseOf("1.10.0"), state: "holds" },
    green: { release: releaseOf("1.9.0"), state: "holds" },
  },
};
const friday = new Date("2026-11-27T12:00:00Z");
const fridays = { weekdays: ["friday" as const], timeZone: "UTC" };
const said = (found: Problem | undefined) => found && formatProblem(found);
const problem = (version: string, { freeze = fridays, critical = "", now = friday, from = ledger } = {}) =>
  said(freezeProblem(planSlots(from, releaseOf(version)), from, { freeze, critical }, now));

describe("on a frozen day", () => {
  test("a new release is refused, with the way out", () => {
    expect(problem("1.11.0")).toBe(
      "slipway:freeze: no release goes out today, got friday (UTC); allowed another day, a rollback, or a critical release. " +
        "Fix: wait, or say why it can't wait: pulumi config set slipway:critical '1.11.0: <reason>'",
    );
  });

  test.each([
    ["to the standby", "1.9.0"],
    ["to a version that was live before", "2024.10.01"],
    ["nowhere: nothing changes", "1.10.0"],
  ])("going back is allowed %s", (_, version) => {
    expect(problem(version)).toBeUndefined();
  });

  test("a journal that does not say what was live knows what its warm slot holds, even configured anew", () => {
    const from = { ...ledger, served: [] };
    const anew = (version: string) => {
      const wanted = { ...releaseOf(version), id: `${version}-anew` };
      return said(freezeProblem(planSlots(from, wanted), from, { freeze: fridays, critical: "" }, friday));
    };
    expect(anew("1.9.0")).toBeUndefined();
    expect(anew("1.10.0")).toContain("no release goes out today");
  });

  test.each(["1.8.3", "2024.11.03", "v1.2", "0.0.1", "main-abc1234"])(
    "%s is a new release, whatever its text looks like: versions are names",
    (version) => {
      expect(problem(version)).toContain("no release goes out today");
    },
  );

  test("a critical release and the first of all are allowed", () => {
    expect(problem("1.11.0", { critical: "1.11.0: CVE-2026-1" })).toBeUndefined();
    // March's reason.
    expect(problem("1.11.0", { critical: "1.10.9: CVE-2026-0" })).toContain("no release goes out today");
    expect(problem("1.11.0", { from: emptyLedger })).toBeUndefined();
  });

  test("the day is the day in the freeze's time zone", () => {
    const lateThursday = new Date("2026-11-26T23:30:00Z");
    expect(problem("1.11.0", { now: lateThursday })).toBeUndefined();
    expect(problem("1.11.0", { now: lateThursday, freeze: { ...fridays, timeZone: "Europe/Berlin" } })).toContain(
      "friday",
    );
  });
});

test("other days are not frozen, nor is any day without a freeze", () => {
  expect(problem("1.11.0", { now: new Date("2026-11-28T12:00:00Z") })).toBeUndefined();
  expect(problem("1.11.0", { freeze: { weekdays: [], timeZone: "UTC" } })).toBeUndefined();
});
