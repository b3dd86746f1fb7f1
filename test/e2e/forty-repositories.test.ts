import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GitHub } from "../emulators/github/github.ts";
import { githubStack } from "../support/github-stack.ts";
import type { Ended, PulumiStack } from "../support/pulumi-stack.ts";

/** How many repositories one stack has; making 40 takes some minutes even without the provider's pause. @default none: `make soak` sets it */
const count = Number(process.env.SLIPWAY_REPOSITORIES ?? 0);
const names = Array.from({ length: count }, (_, index) => `service-${index + 1}`);

describe.runIf(count > 0)(`${count} repositories in one stack`, () => {
  let github: GitHub;
  let stack: PulumiStack;

  beforeAll(async () => {
    github = await GitHub.start({
      accounts: [{ login: "acme", plan: "enterprise", teams: { platform: ["maintainer"] } }],
    });
    // An installation's of a large organisation.
    github.world.requests.limit = 15_000;
    const more = {
      repositoryDefaults: {
        visibility: "private",
        codeOwners: ["@acme/platform"],
        environments: { packages: { reviewers: { teams: ["platform"] } } },
      },
      repositories: Object.fromEntries(names.map((name) => [name, null])),
    };
    stack = githubStack("e2e-forty", { github, owner: "acme", repository: null, more, minutes: 60 });
    await stack.init();
  });
  afterAll(async () => {
    stack.remove();
    await github.stop();
  });

  async function succeeded(what: string, running: Promise<Ended>): Promise<void> {
    github.traffic.clear();
    const begun = Date.now();
    const { code, output } = await running;
    expect(code, output).toBe(0);
    const seconds = Math.round((Date.now() - begun) / 1_000);
    const each = Math.ceil(github.traffic.count / count);
    const writes = github.traffic.lines.filter((line) => !/^GET|graphql/.test(line)).length;
    process.stdout.write(
      `${what}: ${github.traffic.count} requests, ${each} a repository, ${writes} writes, ${seconds} s\n`,
    );
    github.traffic.assertClean();
  }

  const hour = 3_600_000;

  test("one update makes all of them", { timeout: hour }, async () => {
    await succeeded("up", stack.up());
    for (const name of names) expect(github.repository(`acme/${name}`).rulesets).toHaveLength(6);
  });

  test("a second preview has nothing to do", async () => {
    await succeeded("preview", stack.preview("--expect-no-changes"));
  });

  test("one drift finds the one that somebody changed, and one update mends it", async () => {
    Object.assign(github.repository(`acme/${names.at(-1) ?? ""}`).settings, { allow_rebase_merge: true });
    const { code, output } = await stack.slipway("drift");
    expect(code, output).toBe(5);
    expect(output.match(/is not as declared/g)).toHaveLength(1);
    await succeeded("up of one change", stack.up());
  });
});
