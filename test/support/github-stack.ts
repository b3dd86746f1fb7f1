import { secretUses } from "../../workflows/secret-uses.ts";
import type { GitHub } from "../emulators/github/github.ts";
import { PulumiStack } from "./pulumi-stack.ts";

/** Which sections a stack declares on an emulated GitHub. */
export interface GitHubStackArgs {
  readonly github: GitHub;
  readonly owner: string;
  /** Null: the stack has none of its own. @default ape-2026 */
  readonly repository?: string | null;
  /** More of `slipway:github`. */
  readonly account?: object;
  /** `slipway:repository`. @default none */
  readonly rules?: object;
  /** `slipway:environment`. @default none */
  readonly environment?: { readonly name: string; readonly [key: string]: unknown };
  /** `slipway:environments`. @default none */
  readonly environments?: object;
  /** More of the configuration, `slipway:` left out. @default nothing */
  readonly more?: object;
  /** Longest that one command may take. @default 10 */
  readonly minutes?: number;
  /** Who runs it; `nobody` has no token. @default admin */
  readonly as?: string;
  /** Another stack of the same project. */
  readonly beside?: PulumiStack;
}

/** A stack of this project that declares nothing but its sections on GitHub. */
export function githubStack(stack: string, args: GitHubStackArgs): PulumiStack {
  const {
    github,
    owner,
    repository = "ape-2026",
    account,
    rules,
    environment,
    environments,
    beside,
    more,
    minutes,
  } = args;
  return new PulumiStack(stack, {
    config: {
      version: "1.0.0",
      image: { name: "ghcr.io/acme/api" },
      github: {
        owner,
        ...(repository === null ? {} : { repository }),
        baseUrl: `${github.url}/`,
        writeDelayMs: 1,
        ...account,
      },
      ...(rules ? { repository: rules } : {}),
      ...(environment ? { environment } : {}),
      ...(environments ? { environments } : {}),
      ...more,
    },
    ...(beside ? { beside } : {}),
    ...(minutes ? { minutes } : {}),
    env: { GITHUB_TOKEN: args.as === "nobody" ? "" : github.tokenOf(args.as ?? "admin") },
  });
}

/** What the tests of drift and mending declare. */
export const governedRepository = {
  visibility: "private",
  codeOwners: ["@acme/platform"],
  collaborators: { writer: "triage" },
  description: "",
  homepage: "",
  topics: [],
  autoMerge: false,
  features: { issues: true, projects: false, wiki: false, discussions: false, signOff: false, template: false },
  deployKeys: {
    backup: { key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPUl9x3+czoZL60euViRfoblJ2fYi4tlDq/tMCVl5Xqa backup@host" },
    mirror: { key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPUl9x3+czoZL60euViRfoblJ2fYi4tlDq/tMCVlAAAA" },
  },
  webhooks: {
    chat: { url: "https://chat.example/hooks/1", events: ["push", "pull_request"] },
    build: { url: "https://build.example/hooks/1", contentType: "form", active: false },
  },
  variables: { NODE_ENV: "test", REGION: "eu" },
  privateForks: {},
  workflowAccess: "organization",
  oidcSubject: ["repo", "context"],
  autolinks: {
    "BUG-": { url: "https://bugs.example/<num>" },
    "CVE-": { url: "https://cve.example/<num>", alphanumeric: false },
  },
};
export const governedEnvironment = {
  name: "production",
  reviewers: { users: ["maintainer"], teams: ["platform"] },
  waitMinutes: 5,
  variables: { API_URL: "https://api.ape2026.com" },
  protectionApps: [4242],
};

/** A value for every secret that the workflows read, by setting. */
export function neededSecrets({ rules, environment }: Pick<GitHubStackArgs, "rules" | "environment">) {
  const stores: Record<string, string> = {
    ...(rules ? { repository: "repositorySecrets", dependabot: "dependabotSecrets" } : {}),
    ...(environment ? { [`environment:${environment.name}`]: "environmentSecrets" } : {}),
  };
  const { webhooks = {} } = (rules ?? {}) as { readonly webhooks?: object };
  const signed = Object.keys(webhooks).map((name) => [`webhookSecrets.${name}`, `planted webhookSecrets ${name}`]);
  const sealed = Object.fromEntries(
    secretUses.flatMap(({ store, secret }) =>
      stores[store] === undefined ? [] : [[`${stores[store]}.${secret}`, `planted ${stores[store]} ${secret}`]],
    ),
  ) as Record<string, string>;
  return { ...sealed, ...(Object.fromEntries(signed) as Record<string, string>) };
}
