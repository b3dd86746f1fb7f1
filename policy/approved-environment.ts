import type { ResourceValidationPolicy } from "@pulumi/policy";
import { defaultKind, needsApproval } from "../github/kinds/defaults.ts";
import { accountSeenBy } from "./account.ts";

/** The guide's section "Stage 3: Production (Manual approval)". */
export const approvedEnvironment: ResourceValidationPolicy = {
  name: "slipway-environment-has-approvers",
  description: "Nothing enters an environment other than staging without a person's approval",
  validateResource(resource, report) {
    const { planLimits, approvals } = accountSeenBy(resource);
    if (resource.type !== "github:index/repositoryEnvironment:RepositoryEnvironment") return;
    const { environment: name, reviewers } = resource.props as { environment: string; reviewers?: Reviewers[] };
    const count = (reviewers ?? []).flatMap(({ users = [], teams = [] }) => [...users, ...teams]).length;
    // Private repositories have reviewers on the Enterprise plan only; the program has warned.
    if (count > 0 || planLimits === "fall-back") return;
    const kind = approvals.includes(name) ? "approval" : defaultKind(name);
    if (!needsApproval({ name, kind }, approvals)) return;
    report(`environment ${name}: nobody has to approve what enters; name its reviewers`);
  },
};

interface Reviewers {
  readonly users?: readonly unknown[];
  readonly teams?: readonly unknown[];
}
