import type { ApiSetting } from "../api-setting.ts";
import type { RepositoryWithinPlan } from "../plan/limits.ts";
import { readingOf, type Kind } from "./kind.ts";

/** How a subject is told: its claims in their order. */
const subjectOf = (claims: readonly string[]) => (claims.length === 0 ? "GitHub's default" : claims.join(":"));

/** As it has to be. @param path of the repository in the API */
export function oidcSubjectSettings(
  path: string,
  { oidcSubject }: Pick<RepositoryWithinPlan, "oidcSubject">,
): ApiSetting[] {
  if (oidcSubject === undefined) return [];
  const at = `${path}/actions/oidc/customization/sub`;
  const wanted =
    oidcSubject.length === 0 ? { use_default: true } : { use_default: false, include_claim_keys: [...oidcSubject] };
  const write = { method: "PUT", path: at, body: wanted } as const;
  // Another order is another subject.
  return [{ what: "OIDC subject", read: at, wanted, lists: "ordered", write }];
}

/** What a job's OIDC token says it is. Clouds trust it by that text: any other lets other jobs in, or keeps these out. */
export const oidcSubject: Kind = {
  title: () => "OIDC subject",
  declare: ({ repository: { oidcSubject: claims } = {} }) =>
    claims === undefined ? [] : [{ kind: "oidc subject", name: "", fields: { oidcSubject: subjectOf(claims) } }],
  async read(reader) {
    const answer = await reader.ask(
      "OIDC subject",
      async ({ rest }, at) => (await rest.actions.getCustomOidcSubClaimForRepo(at)).data,
    );
    return readingOf("oidc subject", answer, ({ use_default: isDefault, include_claim_keys: claims = [] }) => [
      { kind: "oidc subject", name: "", fields: { oidcSubject: subjectOf(isDefault ? [] : claims) } },
    ]);
  },
  words: { oidcSubject: (value) => `it is made of ${String(value)}` },
  undeclared: ({ fields }) => `is made of ${fields.oidcSubject as string}, and nobody declared it`,
  isExpected: ({ fields }) => fields.oidcSubject === subjectOf([]),
  object: () => "actions",
  rules: {
    oidcSubject: {
      words: "OIDC subject",
      direction: {
        hasNoOrder: true,
        isLooser: (before, after) => before !== undefined && before !== after,
        show: (value) => String(value ?? "not declared"),
      },
    },
  },
};
