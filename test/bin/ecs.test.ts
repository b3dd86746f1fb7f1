import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { ecsSection } from "../support/ecs-settings.ts";
import { run, Stubs } from "./support.ts";

const stubs = new Stubs();
const file = join(stubs.folder, "Pulumi.outgrown.yaml");
writeFileSync(
  file,
  stringify({
    config: {
      "slipway:service": "shop",
      "slipway:target": "ecs",
      "slipway:ecs": ecsSection,
      // That of the stack on hosts, which this one was copied from.
      "slipway:host": { kind: "local" },
    },
  }),
);
afterAll(() => {
  stubs.remove();
});

test.each([["status"], ["rollback"], ["rollout", "list"], ["rollout", "abort"], ["logs"], ["metrics"]])(
  "%s %s of a stack on ECS reaches for no host that its file may name, and says what to do instead",
  async (...words) => {
    const env = { ...process.env, PATH: stubs.path, HOME: stubs.folder };
    const { code, stderr } = await run("bin/slipway", [...words, "--stack", "outgrown", "--config-file", file], env);
    expect(stderr).toContain("slipway:target: is ecs: stack outgrown has no host and no rollout controller");
    expect(stderr).toContain("aws ecs describe-services --cluster shop-outgrown --services shop");
    expect(code).toBe(1);
    expect(stubs.started()).toEqual([]);
  },
);
