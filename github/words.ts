import type { Kind, Thing, Value } from "./things.ts";

/** How a field is put into words: a sentence about its value, or the name of a list whose entries come and go. */
type Words = ((value: Value) => string) | { readonly list: string };

const onOff =
  (what: string): Words =>
  (value) =>
    `${what} ${value === true ? "on" : "off"}`;
const either =
  (yes: string, no: string): Words =>
  (value) =>
    value === true ? yes : no;
const quoted =
  (what: string): Words =>
  (value) =>
    value === "" ? `there is no ${what}` : `the ${what} is ${JSON.stringify(value)}`;
const plain =
  (what: string): Words =>
  (value) =>
    `${what} ${String(value)}`;

/** What branches ask of pull requests, in a ruleset or in classic protection alike. */
const branchWords: Readonly<Record<string, Words>> = {
  reviews: (value) =>
    value === 0 ? "no review is needed" : value === 1 ? "1 review is enough" : `${String(value)} reviews are needed`,
  dismissStaleReviews: either("a push takes earlier approvals away", "approvals outlive later pushes"),
  codeOwners: either("an owner of the code has to approve", "no owner of the code has to approve"),
  lastPushApproval: either("somebody else approves the last push", "whoever pushed last may approve it"),
  resolvedThreads: either("every conversation has to be resolved", "conversations may stay open"),
  signedCommits: either("commits have to be signed", "commits need no signature"),
  checks: { list: "required checks" },
  upToDate: either("the branch has to be up to date before a merge", "a merge need not be up to date with the branch"),
};

const words: Readonly<Record<Kind, Readonly<Record<string, Words>>>> = {
  repository: {},
  branch: {},
  settings: {
    visibility: plain("it is"),
    description: quoted("description"),
    homepage: quoted("homepage"),
    topics: { list: "topics" },
    defaultBranch: plain("the default branch is"),
    archived: either("it is archived: nobody can change anything", "it is not archived"),
    template: either("it is a template for others", "it is no template"),
    issues: onOff("issues are"),
    projects: onOff("projects are"),
    wiki: onOff("the wiki is"),
    discussions: onOff("discussions are"),
    squash: either("squashing is allowed", "squashing is not allowed"),
    mergeCommits: either("merge commits are allowed", "merge commits are not allowed"),
    rebase: either("rebasing is allowed", "rebasing is not allowed"),
    autoMerge: onOff("auto-merge is"),
    updateBranch: either("GitHub offers to update branches", "GitHub does not offer to update branches"),
    deleteBranch: either("merged branches are deleted", "merged branches stay"),
    signOff: either("commits on the web need a sign-off", "commits on the web need no sign-off"),
    squashTitle: plain("a squashed commit's title comes from"),
    squashMessage: plain("a squashed commit's message comes from"),
    mergeTitle: plain("a merge commit's title comes from"),
    mergeMessage: plain("a merge commit's message comes from"),
    vulnerabilityAlerts: onOff("alerts about vulnerable dependencies are"),
    securityUpdates: onOff("Dependabot's security updates are"),
    secretScanning: onOff("scanning for secrets is"),
    pushProtection: either("pushes with secrets are stopped", "pushes with secrets are let through"),
    vulnerabilityReports: onOff("private reports of vulnerabilities are"),
    codeScanning: onOff("code scanning (CodeQL) is"),
    codeQueries: plain("CodeQL's set of queries is"),
    immutableReleases: either("published releases can't be changed", "published releases can be changed"),
    enabled: onOff("GitHub Actions is"),
    allowed: (value) =>
      ({
        all: "any action may run",
        local_only: "only the owner's own actions may run",
        selected: "only chosen actions may run",
      })[String(value)] ?? `actions that may run are ${String(value)}`,
    shaPinning: either("actions have to be pinned by commit", "actions need not be pinned by commit"),
    fromGitHub: either("GitHub's own actions may run", "GitHub's own actions may not run"),
    fromVerified: either(
      "every verified creator's actions may run",
      "a verified creator's actions are not allowed for that alone",
    ),
    patterns: { list: "allowed actions" },
    tokenPermissions: (value) =>
      value === "read" ? "the workflows' own token only reads" : "the workflows' own token may write",
    approvesPullRequests: either("workflows may approve pull requests", "workflows may not approve pull requests"),
  },
  ruleset: {
    ...branchWords,
    target: plain("it is about"),
    enforcement: (value) =>
      ({ active: "it is enforced", disabled: "it is switched off", evaluate: "it is only tried out, not enforced" })[
        String(value)
      ] ?? `its enforcement is ${String(value)}`,
    includes: { list: "refs that it holds for" },
    excludes: { list: "refs that it leaves out" },
    bypass: { list: "those who need not follow it" },
    forbidsCreation: either("making such a ref is forbidden", "anybody who can push may make such a ref"),
    forbidsUpdate: either("moving such a ref is forbidden", "such a ref may be moved"),
    forbidsDeletion: either("deletion is forbidden", "deletion is allowed"),
    forbidsForcePush: either("force pushes are forbidden", "force pushes are allowed"),
    needsPullRequest: either("changes come by pull request only", "changes may be pushed without a pull request"),
    checksNotOnCreation: either("a new branch needs no checks", "a new branch needs its checks too"),
    otherRules: { list: "other rules" },
  },
  protection: {
    ...branchWords,
    admins: either("administrators follow it too", "administrators need not follow it"),
    forcePushes: either("force pushes are allowed", "force pushes are forbidden"),
    deletions: either("deletion is allowed", "deletion is forbidden"),
    locked: either("the branch is locked: nobody can push", "the branch is not locked"),
    linearHistory: either("merge commits are forbidden", "merge commits are allowed"),
    bypassReviews: { list: "those who need no review" },
    bypassForcePushes: { list: "those who may force push" },
  },
  environment: {
    reviewers: { list: "those who may approve" },
    selfReview: either("whoever starts a run may approve it", "whoever starts a run may not approve it"),
    waitMinutes: (value) => (value === 0 ? "there is no wait" : `the wait is ${String(value)} minutes`),
    adminsBypass: either("administrators may go past its rules", "administrators may not go past its rules"),
    refs: (value) =>
      ({
        any: "any branch or tag may enter",
        protected: "every protected branch may enter",
        chosen: "only chosen branches and tags may enter",
      })[String(value)] ?? String(value),
    branches: { list: "branches that may enter" },
    tags: { list: "tags that may enter" },
    apps: { list: "apps that have a say" },
  },
  secret: { writtenAt: plain("it was last written at") },
  variable: { value: quoted("value") },
  label: { name: quoted("name"), color: quoted("colour"), description: quoted("description") },
  file: { blob: plain("its contents are those of git's blob") },
  "deploy key": {},
  webhook: {},
  collaborator: {},
  team: {},
  autolink: {},
};

/** What a person calls a thing. */
export function titleOf({ kind, name, of }: Pick<Thing, "kind" | "name" | "of">): string {
  switch (kind) {
    case "settings":
      return name;
    case "ruleset":
    case "label":
    case "deploy key":
      return `${kind} "${name}"`;
    case "protection":
      return `classic protection of ${name}`;
    case "secret":
    case "variable":
      return `${kind} ${name} of ${stores[of ?? ""] ?? `environment ${of ?? ""}`}`;
    case "file":
      return `${name} on main`;
    case "webhook":
      return `webhook to ${name}`;
    case "repository":
    case "branch":
    case "environment":
    case "collaborator":
    case "team":
    case "autolink":
      return `${kind} ${name}`;
  }
}

/** Stores of secrets and variables that are no environments. */
const stores: Readonly<Record<string, string>> = { repository: "the repository", dependabot: "Dependabot" };

/** One sentence without its subject: `1 review is enough, declared is: 2 reviews are needed`. */
export function changedWords(kind: Kind, field: string, declared: Value, actual: Value): string {
  if (kind === "secret") {
    return `somebody else wrote it at ${String(actual)}; this stack wrote it last at ${String(declared)}`;
  }
  if (kind === "file") return "its contents are not those that Slipway gave it";
  const say = words[kind][field];
  if (say === undefined) throw new Error(`no words for ${field} of ${kind}`);
  if (typeof say === "function") return `${say(actual)}, declared is: ${say(declared)}`;
  const [wanted, found] = [asList(declared), asList(actual)];
  const lacking = wanted.filter((entry) => !found.includes(entry));
  const extra = found.filter((entry) => !wanted.includes(entry));
  return [
    ...(lacking.length > 0 ? [`${say.list} lack ${lacking.join(", ")}`] : []),
    ...(extra.length > 0 ? [`${say.list} also are ${extra.join(", ")}, which nobody declared`] : []),
  ].join("; ");
}

/** What is said of something that nobody declared. */
export function undeclaredWords({ kind, fields }: Thing): string {
  if (kind === "collaborator" || kind === "team") return `has the role ${String(fields.role)}, which nobody declared`;
  if (kind === "deploy key") return `may ${fields.readOnly === true ? "read" : "write"}, and nobody declared it`;
  if (kind === "branch") return "has a name outside GitFlow";
  if (kind === "webhook") return "is told what happens here, and nobody declared it";
  return "is there, and nobody declared it";
}

const asList = (value: Value): readonly string[] => (typeof value === "object" ? value : []);
