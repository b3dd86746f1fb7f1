import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GitHub, type AccountArgs } from "../emulators/github/github.ts";
import type { Plan } from "../emulators/github/plans.ts";
import { githubStack, governedEnvironment, neededSecrets, type GitHubStackArgs } from "../support/github-stack.ts";
import type { PulumiStack } from "../support/pulumi-stack.ts";
import { succeeded } from "../support/succeeded.ts";

const run = promisify(execFile);
const cleanups: (() => void | Promise<void>)[] = [];
afterAll(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

async function started(args: Parameters<typeof GitHub.start>[0]): Promise<GitHub> {
  const github = await GitHub.start(args);
  cleanups.push(() => github.stop());
  return github;
}

async function prepared(name: string, args: GitHubStackArgs, secrets = neededSecrets(args)): Promise<PulumiStack> {
  const stack = githubStack(name, args);
  cleanups.push(() => {
    stack.remove();
  });
  await stack.init();
  if (Object.keys(secrets).length > 0) await stack.setSecrets(secrets);
  return stack;
}

const acme: AccountArgs = { login: "acme", plan: "enterprise", teams: { platform: ["maintainer"] } };
const writes = (github: GitHub) => github.traffic.lines.filter((line) => !/^GET|graphql/.test(line));

describe("from an empty account to the whole repository", () => {
  const planted = 100;
  const rules = {
    visibility: "private",
    codeOwners: ["@acme/platform"],
    secretsUsedElsewhere: Array.from({ length: 40 }, (_, index) => `PLANTED_${index}`),
  };
  const environment = {
    ...governedEnvironment,
    secretsUsedElsewhere: Array.from({ length: 60 }, (_, index) => `PLANTED_${index}`),
  };
  const extra = (key: string, count: number) =>
    Array.from({ length: count }, (_, index) => [`${key}.PLANTED_${index}`, `canary-${key}-${index}-é`] as const);
  const canaries = Object.fromEntries([...extra("repositorySecrets", 40), ...extra("environmentSecrets", 60)]);
  const secrets = { ...neededSecrets({ rules, environment }), ...canaries };
  const texts: string[] = [];
  let github: GitHub;
  let stack: PulumiStack;
  let seen: Promise<boolean>;

  beforeAll(async () => {
    github = await started({ accounts: [acme], apps: [{ slug: "gatekeeper", id: 4242, deploymentProtection: true }] });
    stack = await prepared("e2e-github", { github, owner: "acme", rules, environment }, secrets);
    texts.push(succeeded(await stack.preview()));
    expect(writes(github)).toEqual([]);
    const up = stack.up();
    seen = seenInArguments("canary-", up);
    texts.push(succeeded(await up));
  });

  test("one run makes all of it", () => {
    const repository = github.repository("acme/ape-2026");
    expect(repository.visibility).toBe("private");
    expect(repository.rulesets.map(({ name }) => name).sort()).toEqual([
      "branch names",
      "branches stay",
      "develop branch",
      "main branch",
      "release tags are made",
      "release tags stay",
    ]);
    expect(repository.environments.map(({ name }) => name)).toEqual(["production"]);
    expect(repository.labels.filter(({ name }) => name.startsWith("type: "))).toHaveLength(11);
    expect(Object.keys(canaries)).toHaveLength(planted);
  });

  test("what an older plugin leaves out is there all the same", () => {
    const [production] = github.repository("acme/ape-2026").environments;
    expect(production).toMatchObject({ preventSelfReview: true, canAdminsBypass: false, waitTimer: 5 });
    expect(production?.policies.map(({ name, type }) => `${type} ${name}`)).toEqual(["tag v*.*.*"]);
  });

  test("a second preview changes nothing, and neither does one that asks GitHub for everything", async () => {
    texts.push(succeeded(await stack.preview("--expect-no-changes", "--diff")));
    texts.push(succeeded(await stack.refresh("--expect-no-changes")));
    texts.push(succeeded(await stack.preview("--expect-no-changes", "--diff")));
  });

  test("GitHub opens every secret and finds its value", () => {
    const { secrets: store, dependabotSecrets, environments } = github.repository("acme/ape-2026");
    const stores = {
      repositorySecrets: store,
      dependabotSecrets,
      environmentSecrets: environments[0]?.secrets,
    };
    const opened = Object.keys(secrets).map((key) => {
      const [name = "", secret = ""] = key.split(".");
      return [key, stores[name as keyof typeof stores]?.opened(secret)];
    });
    expect(Object.fromEntries(opened)).toEqual(secrets);
  });

  test("no planted value is in the state, in what was printed, or in any process's arguments", async () => {
    const everything = [await stack.export(), ...texts].join("\n");
    expect(everything).toContain("PLANTED_7");
    expect(everything).not.toMatch(/canary-/);
    expect(await seen).toBe(false);
  });

  test("pulumi-github#250: a changed secret is written alone, and is there afterwards", async () => {
    await stack.setSecret("repositorySecrets.PLANTED_0", "rotated");
    github.traffic.clear();
    succeeded(await stack.up());
    expect(github.repository("acme/ape-2026").secrets.opened("PLANTED_0")).toBe("rotated");
    expect(writes(github)).toEqual([
      "DELETE /repos/acme/ape-2026/actions/secrets/PLANTED_0 204",
      "PUT /repos/acme/ape-2026/actions/secrets/PLANTED_0 201",
    ]);
  });

  test("terraform-provider-github#2761: what somebody changed by hand comes back with the next run", async () => {
    const { rulesets, environments } = github.repository("acme/ape-2026");
    const main = rulesets.find(({ name }) => name === "main branch");
    if (main) main.rules = main.rules.filter(({ type }) => type !== "pull_request");
    Object.assign(environments[0] ?? {}, { waitTimer: 0, preventSelfReview: false });
    succeeded(await stack.up("--refresh"));
    const restored = github.repository("acme/ape-2026");
    expect(restored.rulesets.find(({ name }) => name === "main branch")?.rules.map(({ type }) => type)).toContain(
      "pull_request",
    );
    expect(restored.environments[0]).toMatchObject({ waitTimer: 5 });
  });

  test("a changed rule of the environment takes none of the others away", async () => {
    await stack.set({ "environment.waitMinutes": "10" });
    succeeded(await stack.up());
    expect(github.repository("acme/ape-2026").environments[0]).toMatchObject({
      waitTimer: 10,
      preventSelfReview: true,
      canAdminsBypass: false,
    });
  });

  describe("git itself is refused", () => {
    let folder: string;
    const push = (user: string, ...refs: string[]) =>
      run("git", ["-C", folder, "push", github.cloneUrl("acme/ape-2026", user), ...refs], { timeout: 30_000 }).then(
        () => "taken",
        (error: unknown) => (error instanceof Error && "stderr" in error ? String(error.stderr) : String(error)),
      );

    beforeAll(async () => {
      folder = `${stack.folder}/clone`;
      await run("git", ["clone", "--quiet", github.cloneUrl("acme/ape-2026", "admin"), folder]);
      const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
      await run("git", ["-C", folder, ...identity, "commit", "--quiet", "--allow-empty", "-m", "chore: try"]);
    });

    test.each([
      ["a direct push to main, even by an administrator", "admin", ["HEAD:refs/heads/main"]],
      ["a direct push to develop", "writer", ["HEAD:refs/heads/develop"]],
      ["a force push", "admin", ["+HEAD~2:refs/heads/main"]],
      ["the deletion of develop", "admin", [":refs/heads/develop"]],
      ["a release tag by somebody who can only write", "writer", ["HEAD:refs/tags/v9.9.9"]],
      ["a branch with a name outside GitFlow", "writer", ["HEAD:refs/heads/my-branch"]],
    ])("%s", async (_, user, refs) => {
      expect(await push(user, ...refs)).toMatch(/protected|rule|GH0/i);
    });

    test.each([
      ["a feature branch", "writer", ["HEAD:refs/heads/feature/login"]],
      ["a release tag by a creator", "admin", ["HEAD~1:refs/tags/v1.0.0"]],
    ])("but not %s", async (_, user, refs) => {
      expect(await push(user, ...refs)).toBe("taken");
    });

    test("a merge without reviews and checks, even by an administrator", async () => {
      const api = (method: string, path: string, body: object) =>
        fetch(`${github.url}/api/v3/repos/acme/ape-2026${path}`, {
          method,
          headers: { authorization: `Bearer ${github.tokenOf("admin")}` },
          body: JSON.stringify(body),
        });
      const pull = await api("POST", "/pulls", { title: "feat: login", head: "feature/login", base: "main" });
      const { number } = (await pull.json()) as { number: number };
      const merge = await api("PUT", `/pulls/${number}/merge`, {});
      expect(merge.status).toBe(405);
      expect(await merge.text()).toMatch(/approving review|status check/i);
    });

    test("a release tag that is there is never moved or removed", async () => {
      expect(await push("admin", "+HEAD:refs/tags/v1.0.0")).toMatch(/protected|rule|GH0/i);
      expect(await push("admin", ":refs/tags/v1.0.0")).toMatch(/protected|rule|GH0/i);
    });
  });

  test("all traffic was as GitHub describes it", () => {
    github.traffic.assertClean();
  });
});

interface Profile {
  readonly kind: "user" | "organization";
  readonly plan: Plan;
  readonly visibility: "public" | "private" | "internal";
  readonly advancedSecurity?: boolean;
  /** What the plan leaves of it. */
  readonly rulesets: number;
  readonly environment: "none" | "without reviewers" | "whole";
}

const profiles: Profile[] = [
  { kind: "user", plan: "free", visibility: "public", rulesets: 6, environment: "whole" },
  { kind: "user", plan: "free", visibility: "private", rulesets: 0, environment: "none" },
  { kind: "user", plan: "pro", visibility: "public", rulesets: 6, environment: "whole" },
  { kind: "user", plan: "pro", visibility: "private", rulesets: 6, environment: "without reviewers" },
  { kind: "organization", plan: "free", visibility: "public", rulesets: 6, environment: "whole" },
  { kind: "organization", plan: "free", visibility: "private", rulesets: 0, environment: "none" },
  { kind: "organization", plan: "team", visibility: "public", rulesets: 6, environment: "whole" },
  { kind: "organization", plan: "team", visibility: "private", rulesets: 6, environment: "without reviewers" },
  { kind: "organization", plan: "enterprise", visibility: "public", rulesets: 6, environment: "whole" },
  { kind: "organization", plan: "enterprise", visibility: "private", rulesets: 6, environment: "whole" },
  { kind: "organization", plan: "enterprise", visibility: "internal", rulesets: 6, environment: "whole" },
  {
    kind: "organization",
    plan: "enterprise",
    visibility: "private",
    advancedSecurity: true,
    rulesets: 6,
    environment: "whole",
  },
];

describe.concurrent("each account gets what its plan has, and a second preview changes nothing", () => {
  test.each(profiles.map((profile, index) => [titleOf(profile), index, profile] as const))(
    "%s",
    async (_, index, profile) => {
      const { kind, plan, visibility, advancedSecurity = false } = profile;
      const owner = kind === "user" ? "ann" : "acme";
      const github = await started({ accounts: [{ login: owner, kind, plan }] });
      // Everybody else has to accept an invitation to a user's repository first.
      const approver = kind === "user" ? owner : "maintainer";
      const args: GitHubStackArgs = {
        github,
        owner,
        as: kind === "user" ? "ann" : "admin",
        account: { planLimits: "fall-back", advancedSecurity },
        rules: { visibility, codeOwners: [`@${approver}`] },
        environment: { name: "production", reviewers: { users: [approver] }, waitMinutes: 5 },
      };
      const stack = await prepared(`e2e-profile-${index}`, args);
      const limits = /slipway:\S+: .*Instead: /.exec(succeeded(await stack.up()));
      expect(limits !== null).toBe(profile.environment !== "whole");

      const { rulesets, environments } = github.repository(`${owner}/ape-2026`);
      expect(rulesets).toHaveLength(profile.rulesets);
      expect(environments).toHaveLength(profile.environment === "none" ? 0 : 1);
      if (profile.environment !== "none") {
        expect(environments[0]?.reviewers).toHaveLength(profile.environment === "whole" ? 1 : 0);
      }
      succeeded(await stack.preview("--expect-no-changes", "--refresh", "--diff"));
      github.traffic.assertClean();
    },
  );
});

function titleOf({ kind, plan, visibility, advancedSecurity }: Profile): string {
  return `${visibility} repository of ${kind === "user" ? "a user" : "an organisation"} on ${plan}${advancedSecurity ? " with Advanced Security" : ""}`;
}

describe("before the first write", () => {
  test("what the plan forbids stops the run, all at once, and nothing was written", async () => {
    const github = await started({ accounts: [{ login: "acme", plan: "free" }] });
    const stack = await prepared("e2e-stopped", {
      github,
      owner: "acme",
      rules: { visibility: "private", codeOwners: ["@maintainer"] },
      environment: { name: "production", reviewers: { users: ["maintainer", "nobody-knows-me"] } },
    });
    const { code, output } = await stack.up();
    expect(code).not.toBe(0);
    expect(output).toContain(
      "slipway:repository.rules: private repositories have neither rulesets nor branch protection",
    );
    expect(output).toContain("slipway:environment: private repositories have no environments on the Free plan");
    expect(output).toContain(
      "slipway:environment.reviewers.users: GitHub knows no such user or team, got nobody-knows-me",
    );
    expect(output).not.toContain("    at ");
    expect(writes(github)).toEqual([]);
  });

  test("so does an environment of a repository that is not there, and a plan that the token may not see", async () => {
    const github = await started({ accounts: [acme] });
    const environment = { name: "staging" };
    const stack = await prepared("e2e-unseen", { github, owner: "acme", as: "writer", environment });
    const { code, output } = await stack.up();
    expect(code).not.toBe(0);
    expect(output).toContain("slipway:github.plan: is needed, because GitHub does not tell this token");
    expect(output).toContain(
      "slipway:github.repository: does not exist, or the token may not see it, got acme/ape-2026",
    );
    expect(writes(github)).toEqual([]);
  });

  test("a preview without a token goes by the configuration and says so", async () => {
    const github = await started({ accounts: [acme] });
    const rules = { visibility: "public", codeOwners: ["@maintainer"] };
    const stack = await prepared("e2e-no-token", { github, owner: "acme", as: "nobody", rules });
    const { code, output } = await stack.preview();
    expect(code, output).toBe(0);
    expect(output).toContain("This preview goes by the configuration");
    expect(output).toContain("repository-main-rules-ruleset");
  });
});

test("classic branch protection of the same rules, its checks pinned all the same", async () => {
  const github = await started({ accounts: [acme] });
  const rules = { visibility: "private", codeOwners: ["@acme/platform"], rules: "classic" };
  const stack = await prepared("e2e-classic", { github, owner: "acme", rules });
  succeeded(await stack.up());
  succeeded(await stack.preview("--expect-no-changes", "--refresh", "--diff"));
  github.traffic.assertClean();
});

/** Does the text stand in the arguments of any process until then? */
async function seenInArguments(text: string, until: Promise<unknown>): Promise<boolean> {
  let isSeen = false;
  const look = setInterval(() => {
    isSeen ||= readdirSync("/proc").some((name) => /^\d+$/.test(name) && argumentsOf(name).includes(text));
  }, 20);
  await until;
  clearInterval(look);
  return isSeen;
}

function argumentsOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, "utf8");
  } catch {
    return ""; // it has ended
  }
}
