import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { stringify } from "yaml";
import { run, Stubs } from "./support.ts";

/** The command itself, as a process, with stubs in place of what it starts. */

const stubs = new Stubs({ timeout: 'exec /usr/bin/timeout "$@"' });
const file = join(stubs.folder, "Pulumi.shop.yaml");
const secret = "5ecre7-&<of-the-environment";
const env = { ...process.env, PATH: stubs.path, GITHUB_TOKEN: "", REGISTRY_TOKEN: secret, DOCKER_HOST: undefined };
const checklist = (...args: string[]) =>
  run("bin/slipway", ["checklist", "--stack", "shop", "--config-file", file, ...args], env);
const declare = (more: object = {}) => {
  writeFileSync(
    file,
    stringify({
      config: {
        "slipway:service": "shop",
        "slipway:version": "1.0.0",
        "slipway:host": { kind: "local" },
        "slipway:image": { name: "ghcr.io/acme/shop" },
        "slipway:secrets": { token: { secure: "v1:abc" } },
        "slipway:github": { owner: "acme", repository: "shop", baseUrl: "http://127.0.0.1:9/" },
        ...more,
      },
    }),
  );
};
const recently = JSON.stringify([
  { rollout: 3, kind: "rollback", verdict: "promoted", release: "1.0.0-a", endedAt: new Date().toISOString() },
]);

beforeEach(() => {
  declare();
  stubs.write("docker", `case "$*" in *digest*) echo '${recently}' ;; *) echo 24.0 ;; esac`);
});
afterAll(() => {
  stubs.remove();
});

test("all ten items, in the guide's order; broken is 1, and all that is for people but the result goes to standard error", async () => {
  const { code, stdout, stderr } = await checklist("--json");
  expect(code, stderr).toBe(1);
  const { items, outcome } = JSON.parse(stdout) as { outcome: string; items: { name: string; outcome: string }[] };
  expect(outcome).toBe("broken");
  expect(items.map((item) => `${item.name} ${item.outcome}`)).toEqual([
    "github-secrets could-not-look",
    "ssh-access proven",
    "notices broken",
    "hooks could-not-look",
    "branch-rules could-not-look",
    "environments could-not-look",
    "dashboards broken",
    "rollback proven",
    "training broken",
    "documentation broken",
  ]);
  expect(stderr).toMatch(/^Looking at 10 items of stack shop/);
  expect(stdout).toContain("export GITHUB_TOKEN=<one that may read the repository's administration>");
  expect(stdout).not.toContain("pulumi config set --secret github:token");
});

test("all proven is 0, could not look is 3", async () => {
  expect(await checklist("--only", "ssh-access,rollback")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\nstack shop: 2 proven\n$/) as string,
  });
  expect(await checklist("--only", "ssh-access,hooks")).toMatchObject({ code: 3 });
  expect(await checklist("--only", "ssh-access,hooks", "--skip", "hooks=no clone here")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("skipped, no clone here") as string,
  });
});

test("--resume takes over what an earlier run has proven, and asks for the rest", async () => {
  const earlier = join(stubs.folder, "earlier.json");
  const { stdout } = await checklist("--only", "ssh-access,hooks", "--json");
  writeFileSync(earlier, stdout);
  stubs.started();
  const resumed = await checklist("--only", "ssh-access,hooks", "--resume", earlier);
  expect(resumed).toMatchObject({
    code: 3,
    stdout: expect.stringMatching(/✓ ssh-access: .* — proven, as seen at \d{4}-.*\n(.*\n)*\? hooks/) as string,
  });
  expect(stubs.started().filter((line) => line.startsWith("docker"))).toEqual([]);
  writeFileSync(earlier, "no report");
  expect(await checklist("--resume", earlier)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      "is no report of slipway checklist --json. Fix: slipway checklist --stack shop --json >",
    ) as string,
  });
});

test("without --test-notices and --drill nothing is asked of a host but questions", async () => {
  declare({ "slipway:notices": { slack: {} }, "slipway:noticeSecrets": { "slack-url": { secure: "v1:abc" } } });
  stubs.started();
  await checklist();
  const asked = stubs.started().filter((line) => line.startsWith("docker"));
  expect(asked.join("\n")).not.toMatch(/test-notices|rollback|allow/);
  expect(asked.join("\n")).toContain("slipway-router digest");
});

test.each([
  [["--only", "hoks"], "--only is no item of the checklist, got hoks; allowed github-secrets, "],
  [["--only", "hooks,"], "--only is no item of the checklist, got hooks,; allowed github-secrets, "],
  [["--skip", "hooks"], "--skip has no reason, got hooks; allowed hooks=<why>. Fix: "],
  [["--skip", "hooks= "], "--skip has no reason, got hooks= ; allowed hooks=<why>. Fix: "],
  [["--skip", "nope=because"], "--skip is no item of the checklist, got nope=because; allowed "],
  [["--format", "xml"], "--format is no format, got xml; allowed text, markdown, json, junit, sarif"],
  [["--governance", "nope"], "nope is no stack with slipway:github"],
])("a wrong command line touches nothing: %j", async (args, says) => {
  stubs.started();
  const { code, stdout, stderr } = await checklist(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(says);
  expect(stubs.started()).toEqual([]);
});

test("a drill in production is refused before anything is asked", async () => {
  stubs.started();
  const { code, stderr } = await run("bin/slipway", ["checklist", "--stack", "production", "--drill"], env);
  expect(code).toBe(2);
  expect(stderr).toContain("--drill: moves the traffic of production; allowed a stack on which nobody depends");
  expect(stubs.started()).toEqual([]);
});

test("a malformed sign-off is refused with every other problem, before anything is asked", async () => {
  declare({ "slipway:checklist": { signOffs: [{ item: "training", by: "jane", reason: "x", until: "soon" }] } });
  stubs.started();
  const { code, stderr } = await checklist();
  expect(code).toBe(1);
  expect(stderr).toMatch(/slipway:checklist\.signOffs\[0\]\.until: .*got soon; allowed a date such as 2027-01-31/);
  expect(stubs.started()).toEqual([]);
});

test.each(["text", "markdown", "json", "junit", "sarif"])(
  "no secret of the environment is printed as %s",
  async (format) => {
    stubs.write("docker", `echo "login failed with "'${secret}'" $(printf %s '${secret}' | base64)" >&2; exit 1`);
    const { stdout, stderr } = await checklist("--format", format);
    expect(stdout.replaceAll("\\", "")).toContain("login failed with [secret] [secret]");
    for (const form of [secret, Buffer.from(secret).toString("base64")]) expect(stdout + stderr).not.toContain(form);
  },
);
