import { z } from "zod";
import { hidden, secretNames, secretText, text, whole, type SettingsOf } from "../lib/schema-parts.ts";
import { actionsApp } from "../workflows/check-names.ts";
import { actorPattern } from "./kinds/actors.ts";
import {
  accessLevels,
  branchModels,
  defaultBranchNames,
  defaultKind,
  defaultRefs,
  forkApprovals,
  mergeMethods,
  pullRequestRefs,
  releaseTags,
  scanAlerts,
  securityAlerts,
} from "./kinds/defaults.ts";

const line = z.string().regex(/^[^\p{Cc}]*$/u, { error: "one line" });

const login = text("a user's or an organisation's login", /^[A-Za-z\d](?:[A-Za-z\d]|-(?=[A-Za-z\d])){0,38}$/);
const slug = text("a team's short name such as platform", /^[a-z0-9][a-z0-9_-]*$/);
const actor = text(
  "role:admin, role:maintain, role:write, team:<short name>, app:<id> (not GitHub Actions itself) or organization-admin",
  actorPattern,
);
const role = z.enum(["read", "triage", "write", "maintain", "admin"]);
const appId = whole(1, 2 ** 31);
/** Made by a user of GitHub; `GITHUB_` is GitHub's own. */
const variableName = text("capital letters, digits and underscores, not GITHUB_…", /^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/);

/** Who answers for something, and for how long. */
export const signature = {
  by: login.describe("the login of a code owner or an administrator"),
  until: z.iso.date({ error: "a date such as 2027-01-31" }).describe("a date such as 2027-01-31, the last day"),
};

/** One weakening that somebody answers for, by its identifier. */
const approvalSchema = z.strictObject({
  weakening: text("an identifier such as main.reviews or payments/main.reviews", /^([\w.-]+\/)?[\w-]+(\.\P{Cc}+)?$/u),
  to: z
    .union([z.number(), z.boolean(), z.string(), z.array(z.string())], {
      error: "a number, on or off, a name or a list",
    })
    .describe("a value of that rule")
    .optional(),
  by: signature.by,
  reason: line.min(1).describe("one line"),
  until: signature.until,
});

const repositoryName = text(
  "letters, digits, dots, dashes and underscores, at most 100",
  /^(?!\.{1,2}$)[\w.-]{1,100}$/,
);

/** Something beside the declaration that may stay. */
const ignoredSchema = z.strictObject({
  object: line.min(1).describe("what `slipway drift` calls it, `*` for any text"),
  repository: repositoryName.optional(),
  reason: line.min(1).describe("one line"),
});

/** Whose repositories, and how they are reached. */
const accountSchema = z.strictObject({
  owner: login,
  repository: repositoryName.optional(),
  baseUrl: text("an http(s) address that ends with /", /^https?:\/\/\S+\/$/).optional(),
  app: z.strictObject({ id: appId, installation: appId }).optional(),
  plan: z.enum(["free", "pro", "team", "enterprise"]).optional(),
  advancedSecurity: z.boolean().default(false),
  planLimits: z.enum(["stop", "fall-back"]).default("stop"),
  writeDelayMs: whole(0, 10_000).default(1_000),
  approvedWeakenings: z.array(approvalSchema).max(100).default([]),
  ignoredDrift: z.array(ignoredSchema).max(100).default([]),
});

/** One repository, and how it is reached. */
export const githubSchema = accountSchema.extend({ repository: repositoryName });

const fileReviewerSchema = z
  .strictObject({
    team: slug,
    files: z.array(line.min(1).max(200)).min(1).max(50),
    approvals: whole(1, 10).default(1),
  })
  .describe("{team, files: patterns such as infra/**/*, approvals}");

const mergeQueueSchema = z.strictObject({
  kind: z.enum(mergeMethods).default("merge"),
  eachGreen: z.boolean().default(true),
  buildsAtOnce: whole(0, 100).default(5),
  groupAtLeast: whole(0, 100).default(1),
  groupAtMost: whole(0, 100).default(5),
  groupWaitMinutes: whole(0, 360).default(5),
  checksWithinMinutes: whole(1, 360).default(60),
});

const scanSchema = z
  .strictObject({
    alerts: z.enum(scanAlerts).default("errors"),
    securityAlerts: z.enum(securityAlerts).default("high_or_higher"),
  })
  .describe(`{alerts: ${scanAlerts.join(", ")}; securityAlerts: ${securityAlerts.join(", ")}}`);

/** @param reviews default for the branch, from the guide's section "Access Control" */
const branchSchema = (reviews: number) =>
  z
    .strictObject({
      reviews: whole(0, 6).default(reviews),
      dismissStaleReviews: z.boolean().default(true),
      lastPushApproval: z.boolean().default(true),
      codeOwners: z.boolean().default(true),
      resolvedThreads: z.boolean().default(true),
      upToDate: z.boolean().default(true),
      signedCommits: z.boolean().default(false),
      bypass: z.array(actor).max(20).default([]),
      mergeKinds: z.array(z.enum(mergeMethods)).min(1).optional(),
      requiredReviewers: z.array(fileReviewerSchema).max(15).default([]),
      mergeQueue: mergeQueueSchema.optional(),
      requiredScans: z.record(line.min(1).max(100), scanSchema).default({}),
    })
    .prefault({});

/** What `develop` has where a stack says nothing of it. */
export const branchDefaults = branchSchema(1).parse(undefined);

const requiredCheckSchema = z
  .strictObject({ name: line.min(1).max(255), app: appId.default(actionsApp) })
  .describe("{name, app}, where the app is GitHub Actions unless its id is given");

const pushRulesSchema = z.strictObject({
  files: z.array(line.min(1).max(200)).max(200).default([]),
  extensions: z
    .array(text("an ending such as *.zip", /^\*\.[\w.-]+$/))
    .max(200)
    .default([]),
  largestMb: whole(1, 100).optional(),
  longestPath: whole(1, 32_767).optional(),
  bypass: z.array(actor).max(20).default([]),
});

const labelName = line.min(1).max(50);

const labelSchema = z
  .strictObject({
    name: labelName,
    color: text("six hexadecimal digits such as 0e8a16", /^[0-9a-f]{6}$/),
    description: line.max(100).default(""),
    was: labelName.optional(),
  })
  .describe("{name, color, description, was}, where was is an earlier name");

const deployKeySchema = z
  .strictObject({
    key: text(
      "a public SSH key such as ssh-ed25519 AAAA…",
      /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)) +[A-Za-z0-9+/]{40,}={0,2}( \P{Cc}*)?$/u,
    ),
    write: z.boolean().default(false),
  })
  .describe("{key: a public SSH key, write}");

const webhookSchema = z
  .strictObject({
    url: text("an http(s) address", /^https?:\/\/\S+$/),
    events: z
      .array(text("an event such as push, or * for all", /^(\*|[a-z_]+)$/))
      .min(1)
      .default(["push"]),
    contentType: z.enum(["json", "form"]).default("json"),
    active: z.boolean().default(true),
  })
  .describe("{url, events, contentType: json or form, active}");

const autolinkSchema = z
  .strictObject({
    url: text("an http(s) address with <num> in its path", /^https?:\/\/[^\s<>/]+\/\S*<num>\S*$/),
    alphanumeric: z.boolean().default(true),
  })
  .describe("{url: with <num> in it, alphanumeric}");

/** Rules of the repository. Features that depend on the plan are on where it has them, unless they are set. */
export const repositorySchema = z.strictObject({
  visibility: z.enum(["public", "private", "internal"]),
  description: line.max(350).optional(),
  homepage: text("empty or an http(s) address", /^$|^https?:\/\/\S+$/).optional(),
  topics: z
    .array(text("lower-case letters, digits and dashes, at most 50", /^[a-z0-9][a-z0-9-]{0,49}$/))
    .max(20)
    .optional(),
  codeOwners: z
    .array(text("@user or @organisation/team", /^@[A-Za-z\d-]+(\/[a-z0-9][a-z0-9_-]*)?$/))
    .min(1)
    .max(20),
  teams: z.record(slug, role).default({}),
  collaborators: z.record(login, role).default({}),
  rules: z.enum(["rulesets", "classic"]).default("rulesets"),
  branchModel: z.enum(branchModels).default("gitflow"),
  branches: z.strictObject({ main: branchSchema(2), develop: branchSchema(1) }).prefault({}),
  requiredChecks: z
    .array(requiredCheckSchema)
    .min(1)
    .max(50)
    .refine((checks) => new Set(checks.map(({ name }) => name)).size === checks.length, {
      message: "names a check twice",
      params: { allowed: "each check once" },
    })
    .optional(),
  branchNames: z
    .array(text("a pattern such as feature/**/*, which stops at slashes", /^(?!\/)(?!.*\/\/)[\w.*?[\]/-]+(?<!\/)$/))
    .min(1)
    .max(100)
    .default([...defaultBranchNames]),
  breakGlass: slug.optional(),
  tagCreators: z.array(actor).max(20).default(["role:admin"]),
  pushRules: pushRulesSchema.optional(),
  mergeKinds: z.array(z.enum(mergeMethods)).min(1).default(["squash", "merge"]),
  autoMerge: z.boolean().optional(),
  features: z
    .strictObject({
      issues: z.boolean().optional(),
      projects: z.boolean().optional(),
      wiki: z.boolean().optional(),
      discussions: z.boolean().optional(),
      signOff: z.boolean().optional(),
      template: z.boolean().optional(),
    })
    .prefault({}),
  allowedActions: z
    .array(text("an action such as docker/build-push-action@*", /^[\w.-]+\/[\w./*-]+@\S+$/))
    .max(100)
    .default(["aquasecurity/trivy-action@*", "codecov/codecov-action@*", "docker/*@*", "pulumi/actions@*"]),
  pinnedActions: z.boolean().default(true),
  secretScanning: z.boolean().optional(),
  codeScanning: z.boolean().optional(),
  vulnerabilityReports: z.boolean().optional(),
  immutableReleases: z.boolean().default(true),
  labels: z.array(labelSchema).max(100).default([]),
  removedLabels: z.array(labelName).max(100).default([]),
  variables: z.record(variableName, z.string()).default({}),
  forkApproval: z.enum(forkApprovals).optional(),
  privateForks: z
    .strictObject({
      run: z.boolean().default(true),
      writeTokens: z.boolean().default(false),
      secrets: z.boolean().default(false),
      approval: z.boolean().default(true),
    })
    .optional(),
  workflowAccess: z.enum(accessLevels).optional(),
  oidcSubject: z
    .array(text("a claim such as repo, context or job_workflow_ref", /^[A-Za-z0-9_]+$/))
    .max(20)
    .refine((claims) => new Set(claims).size === claims.length, {
      message: "names a claim twice",
      params: { allowed: "each claim once" },
    })
    .optional(),
  deployKeys: z.record(line.min(1).max(100), deployKeySchema).default({}),
  webhooks: z.record(text("lower-case letters, digits and dashes", /^[a-z][a-z0-9-]*$/), webhookSchema).default({}),
  properties: z
    .record(
      text("letters, digits, _, -, $ and #, at most 75", /^[\w$#-]{1,75}$/),
      z
        .union([line.min(1), z.boolean().transform(String), z.array(line.min(1)).min(1)], {
          error: "text, true or false, or a list of texts",
        })
        .describe("text, true or false, or a list of texts"),
    )
    .default({}),
  autolinks: z
    .record(text("a prefix such as TICKET-, without spaces", /^[\w.+=:/#-]{1,32}$/), autolinkSchema)
    .default({}),
  rotateSecretsAfterDays: whole(1, 3_650).default(365),
  secretsUsedElsewhere: z.array(variableName).default([]),
});

const environmentName = text("lower-case letters, digits and dashes", /^[a-z][a-z0-9-]{0,99}$/);

/** What it takes to enter an environment, whatever it is called. */
const entranceSchema = z.strictObject({
  kind: z.enum(["approval", "deploy", "read"]).optional(),
  reviewers: z
    .strictObject({ users: z.array(login).default([]), teams: z.array(slug).default([]) })
    .prefault({})
    .refine(({ users, teams }) => users.length + teams.length <= 6, {
      message: "has too many reviewers",
      params: { allowed: "at most 6" },
    }),
  waitMinutes: whole(0, 43_200).default(0),
  selfReview: z.boolean().default(false),
  adminsBypass: z.boolean().default(false),
  branches: z.array(z.enum(["main", "develop", pullRequestRefs])).optional(),
  // Only tags that the tag rulesets guard: a policy looks at the name, and nobody else may make a tag of such a name (synthorg#1542).
  tags: z.array(text(`a pattern within \`${releaseTags}\``, /^v[\d*]+\.[\d*]+\.[\d*]+$/)).optional(),
  protectionApps: z.array(appId).max(6).default([]),
  variables: z.record(variableName, z.string()).default({}),
  rotateSecretsAfterDays: whole(1, 3_650).default(365),
  secretsUsedElsewhere: z.array(variableName).default([]),
});

/** What was left open, chosen by the environment's name. */
function chosen<T extends z.infer<typeof entranceSchema> & { readonly name: string }>({
  kind,
  branches,
  tags,
  ...rest
}: T) {
  const refs = defaultRefs(rest.name);
  return {
    ...rest,
    kind: kind ?? defaultKind(rest.name),
    branches: branches ?? refs.branches,
    tags: tags ?? refs.tags,
  };
}

/** One environment and what it takes to enter it. */
export const environmentSchema = entranceSchema.extend({ name: environmentName }).transform(chosen);

/** Several, by name. */
const environmentsSchema = z
  .record(environmentName, entranceSchema)
  .transform((all) => Object.entries(all).map(([name, entrance]) => chosen({ ...entrance, name })));

/** The setting that declares an environment. @param ownEnvironment name of the one in `slipway:environment` */
export const environmentPath = (ownEnvironment: string | undefined, name: string): string =>
  name === ownEnvironment ? "slipway:environment" : `slipway:environments.${name}`;

/** One of several repositories, with its environments. */
const listedSchema = repositorySchema.extend({ environments: environmentsSchema.prefault({}) });

export const githubSecretName = variableName;

export type ApprovedWeakening = z.infer<typeof approvalSchema>;
export type IgnoredDrift = z.infer<typeof ignoredSchema>;
/** The owner's account, with the stack's own repository where it has one. */
export type AccountSettings = z.infer<typeof accountSchema>;
export type GitHubSettings = z.infer<typeof githubSchema>;
export type RepositorySettings = z.infer<typeof repositorySchema>;
export type EnvironmentSettings = z.infer<typeof environmentSchema>;

const githubSecrets = z.record(githubSecretName, z.literal(hidden));

/** A repository with its rules, and environments with what it takes to enter them. */
export const githubShape = {
  github: accountSchema.optional(),
  githubAppKey: secretText.optional(),
  repository: repositorySchema.optional(),
  environment: environmentSchema.optional(),
  environments: environmentsSchema.prefault({}),
  repositoryDefaults: z.record(z.string(), z.unknown()).prefault({}),
  repositories: z.record(repositoryName, listedSchema).prefault({}),
  webhookSecrets: secretNames,
  repositorySecrets: githubSecrets,
  dependabotSecrets: githubSecrets,
  environmentSecrets: githubSecrets,
};
export type GitHubSections = SettingsOf<typeof githubShape>;
