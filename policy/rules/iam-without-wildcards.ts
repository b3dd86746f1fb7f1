import type { Rule } from "../rule.ts";
import { listAt, textAt, unknown, type Seen } from "../seen.ts";
import { statementsOf } from "../statements.ts";

/** Of AWS's own policies those that give away a whole service, or the account. */
const broad = /\/(AdministratorAccess|PowerUserAccess|IAMFullAccess|\w*FullAccess\w*)$/;
/** Actions that have no resource to be limited to, so that AWS asks for `*`. https://docs.aws.amazon.com/service-authorization/ */
const withoutResource =
  /^(ecr:GetAuthorizationToken|ssmmessages:\w+|ec2messages:\w+|cloudwatch:PutMetricData|ssm:UpdateInstanceInformation|sts:GetCallerIdentity)$/;
const policies = /^aws:iam\/(policy|rolePolicy|userPolicy|groupPolicy):/;
const attachments = /^aws:iam\/(role|user|group)?[pP]olicyAttachment:/;

/** What takes over a role with a wildcard has everything. */
export const iamWithoutWildcards: Rule = {
  name: "slipway-iam-without-wildcards",
  description: "Policies of IAM name their actions and resources",
  fix: "name the actions and the ARNs of the resources; a * may stand for the end of a name, such as arn:aws:s3:::backups/shop/*",
  problems: ({ type, props }) => [
    ...(policies.test(type) ? texts(props.policy) : []),
    ...(attachments.test(type) ? managed([props.policyArn]) : []),
    ...(type === "aws:iam/role:Role" ? inRole(props) : []),
  ],
};

function texts(policy: unknown): string[] {
  return statementsOf(policy).flatMap(({ effect, actions, hasNotAction, resources, hasNotResource }) => {
    if (effect !== "Allow") return [];
    const wide = actions.filter((action) => /[*?]/.test(action));
    const isNeeded = actions.every((action) => withoutResource.test(action));
    return [
      ...wide.map((action) => `it allows the actions ${action}`),
      ...(hasNotAction ? ["it allows all actions but some (NotAction)"] : []),
      ...(hasNotResource ? ["it is for all resources but some (NotResource)"] : []),
      ...(resources.includes("*") && !isNeeded ? [`it allows ${actions.join(", ")} on all resources`] : []),
    ];
  });
}

const managed = (arns: readonly unknown[]) =>
  arns.flatMap((arn) => (typeof arn === "string" && broad.test(arn) ? [`it has ${arn}`] : []));

function inRole(props: Seen["props"]): string[] {
  const trusted = statementsOf(props.assumeRolePolicy).filter(
    ({ effect, principals, hasCondition }) => effect === "Allow" && principals.includes("*") && !hasCondition,
  );
  return [
    ...trusted.map(() => "everybody may take it over"),
    ...managed(listAt(props, "managedPolicyArns")),
    ...listAt(props, "inlinePolicies").flatMap((each) => texts(textAt(each, "policy") ?? unknown)),
  ];
}
