import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { run, Stubs } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-diff-"));
const configFile = join(folder, "Pulumi.shop.yaml");
const live = `[ "$1" = exec ] && echo '{ "live": "green" }'
[ "$1" = inspect ] && [ "$6" = shop-shop-green-1 ] && printf '%s\\n' PORT=80 TLS_FILE=/app/x OLD_KEY_FILE=/run/secrets/old-key TOKEN_FILE=/run/secrets/token`;
const stubs = new Stubs({ docker: live, timeout: 'while [ "$1" != /bin/sh ]; do shift; done; exec "$@"' });
afterAll(() => {
  stubs.remove();
  rmSync(folder, { recursive: true });
});

const diff = (...args: string[]) =>
  run("bin/slipway", ["secrets", "diff", "--stack", "shop", "--config-file", configFile, ...args], {
    ...process.env,
    PATH: `${stubs.folder}:${String(process.env.PATH)}`,
  });

writeFileSync(
  configFile,
  stringify({
    config: {
      "slipway:service": "shop",
      "slipway:host": { kind: "local" },
      "slipway:secrets": { token: { secure: "v1:planted" } },
      "slipway:secretReferences": { "api-key": "shop/api-key" },
      "slipway:noticeSecrets": { "slack-url": { secure: "v1:planted" } },
      "slipway:tlsKey": { secure: "v1:planted" },
      "slipway:databases": { redis: {} },
    },
  }),
);

test("the live release's secrets are held against the settings: names, and where each comes from", async () => {
  const { code, stdout, stderr } = await diff();
  expect(stdout.split("\n"), stderr).toEqual([
    "- live",
    "+ settings",
    "+ api-key    reference shop/api-key",
    "- old-key",
    "+ redis-url  slipway:databases.redis",
    "  token      slipway:secrets",
    "",
  ]);
  expect(code).toBe(0);
});

test("one stack is held against another, with every other secret too; no value is in it", async () => {
  const { code, stdout } = await diff("--with", "local", "--json");
  expect(JSON.parse(stdout)).toEqual({
    from: "shop",
    to: "local",
    secrets: [
      { name: "api-key", from: "reference shop/api-key", to: null },
      { name: "database-url", from: null, to: "slipway:databases.postgres" },
      { name: "redis-url", from: "slipway:databases.redis", to: "slipway:databases.redis" },
      { name: "slipway:noticeSecrets.slack-url", from: "its setting", to: null },
      { name: "slipway:tlsKey", from: "its setting", to: null },
      { name: "token", from: "slipway:secrets", to: null },
    ],
  });
  expect([code, stdout.includes("planted")]).toEqual([0, false]);
});

test("a live container that is not there has not no secrets", async () => {
  stubs.write("docker", `[ "$1" = inspect ] && echo "Error: No such container" >&2 && exit 1; ${live}`);
  const { code, stdout, stderr } = await diff();
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("No such container");
});

test("where nobody can say what is live, it says so and compares nothing", async () => {
  stubs.write("docker", "exit 0");
  const { code, stdout, stderr } = await diff();
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("nothing is live, or the controller does not answer. Fix: slipway status says more");
});
