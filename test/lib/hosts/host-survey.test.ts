import { expect, test } from "vitest";
import { judge } from "../../../lib/hosts/host-survey.ts";
import { formatProblem } from "../../../lib/problem.ts";

const now = 1_700_000_000_000;
const good = {
  os: "debian 12",
  family: "debian ",
  machine: "x86_64",
  freeMegabytes: "20000",
  engine: "20.10.24",
  clockSeconds: String(now / 1000),
};

function problemsOf(changes: Partial<typeof good>, prepares: boolean): string[] {
  const facts = Object.entries({ ...good, ...changes }).map(([name, value]) => `${name}=${value}`);
  return judge(facts.join("\n"), { path: "slipway:host", prepares }, now).map(formatProblem);
}

test("a host that is fine has no problem, prepared or not", () => {
  expect(problemsOf({}, false)).toEqual([]);
  expect(problemsOf({ engine: "docker: not found" }, true)).toEqual([]);
});

test.each([
  [{ family: "fedora ", os: "fedora 43" }, true, "is no system that Slipway prepares, got fedora 43; allowed Debian"],
  [{ machine: "riscv64" }, false, "has a processor without images, got riscv64; allowed x86_64 or aarch64"],
  [{ freeMegabytes: "512" }, false, "has no room for a release, got 512 MB free where Docker keeps its data"],
  [{ freeMegabytes: "" }, false, "has no room for a release"],
  [{ engine: "docker: not found" }, false, "has no Docker engine that its user may use, got docker: not found"],
  [
    { clockSeconds: String(now / 1000 - 600) },
    false,
    "has a clock that is wrong, got 600 s off; allowed at most 120 s",
  ],
])("%j", (changes, prepares, message) => {
  const problems = problemsOf(changes, prepares);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(`slipway:host: ${message}`);
  expect(problems[0]).toContain(" Fix: ");
});

test("everything that is wrong is said at once", () => {
  expect(problemsOf({ machine: "riscv64", freeMegabytes: "1", engine: "" }, false)).toHaveLength(3);
});
