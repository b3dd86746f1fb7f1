import { expect, test } from "vitest";
import { ecsProblemsOf as problems, ecsSection, ecsSettingsOf as settings } from "../support/ecs-settings.ts";

test("a stack on ECS needs neither host nor network", () => {
  expect(problems({})).toEqual([]);
  expect(settings({})).toMatchObject({ target: "ecs", version: "1.0.0" });
  expect(settings({}).host).toBeUndefined();
});

test("a stack runs on hosts unless it says so, and then reads nothing of ECS", () => {
  const host = { target: undefined, host: { kind: "local" }, url: "" };
  expect(problems(host)).toEqual([]);
  expect(settings(host).target).toBe("host");
});

test("how a host is reached may stand beside, so that two stacks differ in one setting", () => {
  const tls = { kind: "acme", email: "ops@example.com", termsAgreed: true };
  const both = { host: { kind: "local" }, listenAddress: "0.0.0.0", listenPort: 443, tls };
  expect(problems(both)).toEqual([]);
  expect(settings(both).host).toBeUndefined();
  expect(problems({ ...both, target: "host" })).toEqual([]);
});

test.each([
  [{ ecs: undefined }, /slipway:ecs: is missing, and slipway:target ecs needs it/],
  [{ ecs: { ...ecsSection, publicSubnets: ["subnet-0123456789abcdef0"] } }, /publicSubnets/],
  [
    { ecs: { ...ecsSection, region: "eu-west-1" } },
    /certificate: is in another region, got .*; allowed one in slipway:ecs.region/,
  ],
  [{ ecs: { ...ecsSection, scaling: { max: 1 } }, replicas: 2 }, /scaling\.max: is less than slipway:replicas/],
  [{ url: "http://shop.example.com" }, /slipway:url: .*allowed an https address/],
  [{ image: { build: "app" } }, /slipway:image\.build: builds on a host/],
  [{ strategy: "rolling", profile: {} }, /slipway:strategy: is not offered on ECS/],
  [
    { profile: {} },
    /slipway:profile\.steps: are no pattern that ECS has, got 10, 50, 100; .*Fix: pulumi config set --path slipway:profile\.kind linear/,
  ],
  [{ profile: { kind: "linear", previewSeconds: 5 } }, /slipway:profile\.previewSeconds: .*allowed 0/],
  [{ drainSeconds: 7_200 }, /slipway:drainSeconds: .*allowed 0 to 3600/],
  [{ health: { host: "shop.example.com" } }, /slipway:health\.host: is not asked/],
  [{ health: { headers: { "X-Probe": "1" } } }, /slipway:health\.headers: is not asked/],
  [{ health: { timeoutMs: 10_000 } }, /slipway:health\.intervalMs: is not longer/],
  [{ limits: { memoryMb: 700 } }, /slipway:limits: is no size that a task of Fargate has, got memoryMb 700/],
  [{ limits: { memoryMb: 2_048, cpus: 3 } }, /slipway:limits: .*got memoryMb 2048, cpus 3/],
  [{ container: { stopSeconds: 600 } }, /slipway:container\.stopSeconds: is longer than ECS waits/],
  [{ databases: { postgres: { name: "shop", user: "shop" } } }, /slipway:databases: .*Fix: .*secrets\.database-url/],
  [{ volumes: { uploads: { folder: "/app/uploads" } } }, /slipway:volumes: /],
  [{ roles: { worker: { command: ["work"] } } }, /slipway:roles: /],
  [{ release: { command: ["migrate"] } }, /slipway:release: is not run/],
  [{ access: { addresses: ["203.0.113.7"] } }, /slipway:access: is not kept: the load balancer lets everybody in/],
  [{ preview: { header: "X-Slot" } }, /slipway:preview: can't be offered/],
  [{ clients: { headSeconds: 9 } }, /slipway:clients: /],
  [{ accessLog: { megabytes: 9 } }, /slipway:accessLog: /],
  [{ backups: { keep: 3 } }, /slipway:backups: /],
  [{ monitoring: { kind: "host", targets: {} } }, /slipway:monitoring: /],
  [{ sticky: true }, /slipway:sticky: is not kept/],
])("what ECS can't do is refused: %j", (changes, said) => {
  expect(problems(changes).join("\n")).toMatch(said);
});

test("all of it is said at once", () => {
  const many = {
    strategy: "rolling",
    profile: {},
    image: { build: "app" },
    roles: { worker: { command: ["work"] } },
    url: "",
  };
  expect(problems(many)).toHaveLength(5);
});

test("a secret is refused until its variable is named, which is the same on a host", () => {
  const names = { secrets: ["api-token"] };
  expect(problems({}, names)).toEqual([
    "slipway:secrets.api-token: is a file on a host, and a task has variables only; allowed a secret that " +
      "slipway:container.secretVariables names as API_TOKEN. Fix: pulumi config set --path " +
      "'slipway:container.secretVariables[0]' API_TOKEN",
  ]);
  expect(problems({ container: { secretVariables: ["API_TOKEN"] } }, names)).toEqual([]);
});
