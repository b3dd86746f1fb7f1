import { expect, test } from "vitest";
import { problemsOf, settingsOf } from "../support/settings-of.ts";

const exception = { rule: "slipway-ssh-is-closed", resource: "host", by: "jane", reason: "why", until: "2027-01-31" };

test("a stack lets nothing pass unless it says so", () => {
  expect(settingsOf({}).policy).toEqual({ exceptions: [] });
  expect(settingsOf({ policy: { exceptions: [exception] } }).policy.exceptions).toEqual([exception]);
});

test.each([
  [{ rule: "slipway-ssh-is-close" }, /rule: .*got slipway-ssh-is-close; .*slipway-ssh-is-closed/],
  [{ resource: "*" }, /resource: .*got \*; .*allowed the name of one resource/],
  [{ reason: "two\nlines" }, /reason: .*allowed one line/s],
  [{ until: "soon" }, /until: .*allowed a date such as/],
  [{ by: undefined }, /by: is missing/],
])("an exception with %s is refused", (change, said) => {
  expect(problemsOf({ policy: { exceptions: [{ ...exception, ...change }] } }).join("\n")).toMatch(said);
});
