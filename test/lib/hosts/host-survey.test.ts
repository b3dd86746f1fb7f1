import { expect, test } from "vitest";
import { localConnection } from "../../../lib/hosts/host-connection.ts";
import { judge, plainEngine, surveyHost } from "../../../lib/hosts/host-survey.ts";
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

const tls = { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs" };
test.each([
  ["tcp://docker.example:2375", {}, "is a Docker engine over plain TCP"],
  ["tcp://127.0.0.1.evil.example:2375", {}, "got tcp://127.0.0.1.evil.example:2375; allowed TLS"],
  ["tcp://localhost.evil.example:2375", {}, "Fix: export DOCKER_TLS_VERIFY=1"],
  ["tcp://docker.example:2376", { DOCKER_TLS_VERIFY: "1" }, "DOCKER_CERT_PATH"],
  ["tcp://docker.example:2376", tls, undefined],
  ["tcp://127.0.0.1:2375", {}, undefined],
  ["tcp://[::1]:2375", {}, undefined],
  ["unix:///var/run/docker.sock", {}, undefined],
])("%s with %o", (engine, env, said) => {
  const told = plainEngine(engine, "slipway:host", env).map(formatProblem);
  if (said === undefined) expect(told).toEqual([]);
  else expect(told.join("\n")).toContain(said);
});

test("an engine of somebody else's is not asked in plain text", async () => {
  const { problems } = await surveyHost(localConnection("tcp://docker.example:2375"), "slipway:host");
  expect(problems.map(({ path }) => path)).toEqual(["slipway:host"]);
});
