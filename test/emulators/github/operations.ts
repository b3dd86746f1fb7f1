// Every operation that is emulated. Any other answers 501 and is recorded as unexpected.
import { access } from "./access.ts";
import { actionsPolicy } from "./actions-policy.ts";
import type { Call, OperationId, Reply } from "./call.ts";
import { branchProtection } from "./branch-protection-rest.ts";
import { checks } from "./checks.ts";
import { codeOwners } from "./code-owners.ts";
import { collaborators } from "./collaborators.ts";
import { compare } from "./compare.ts";
import { contents } from "./contents.ts";
import { customProperties } from "./custom-properties.ts";
import { customRoles } from "./custom-roles.ts";
import { deployments } from "./deployments.ts";
import { environments } from "./environments.ts";
import { gitData } from "./git-data.ts";
import { issues } from "./issues.ts";
import { labels } from "./labels.ts";
import { people } from "./people.ts";
import { pulls } from "./pulls.ts";
import { rateLimit } from "./rate-limit.ts";
import { refs } from "./refs.ts";
import { releaseAssets } from "./release-assets.ts";
import { releases } from "./releases.ts";
import { repositories } from "./repositories.ts";
import { rulesets } from "./rulesets.ts";
import { secrets } from "./secrets.ts";
import { security } from "./security.ts";
import { workflowRuns } from "./workflow-runs.ts";
import { variables } from "./variables.ts";

/** A handler's body type is its own operation's: the request was validated against that very operation. */
type Handler = (call: Call<never>) => Reply | Promise<Reply>;

export const operations: Partial<Record<OperationId | keyof typeof customRoles, Handler>> = {
  ...access,
  ...actionsPolicy,
  ...branchProtection,
  ...checks,
  ...codeOwners,
  ...collaborators,
  ...compare,
  ...contents,
  ...customProperties,
  ...customRoles,
  ...deployments,
  ...environments,
  ...gitData,
  ...issues,
  ...labels,
  ...people,
  ...pulls,
  ...rateLimit,
  ...refs,
  ...releaseAssets,
  ...releases,
  ...repositories,
  ...rulesets,
  ...secrets,
  ...security,
  ...variables,
  ...workflowRuns,
};
