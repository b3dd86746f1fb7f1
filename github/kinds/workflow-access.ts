import type { ApiSetting } from "../api-setting.ts";
import type { RepositoryWithinPlan } from "../plan/limits.ts";
import { accessLevels } from "./defaults.ts";
import { levels } from "./directions.ts";
import { readingOf, type Kind } from "./kind.ts";
import { oneOf } from "./words.ts";

/** As it has to be. @param path of the repository in the API */
export function workflowAccessSettings(
  path: string,
  { workflowAccess }: Pick<RepositoryWithinPlan, "workflowAccess">,
): ApiSetting[] {
  if (workflowAccess === undefined) return [];
  const [at, wanted] = [`${path}/actions/permissions/access`, { access_level: workflowAccess }];
  return [{ what: "who uses the workflows", read: at, wanted, write: { method: "PUT", path: at, body: wanted } }];
}

/** The strictest: what is not declared is the weakest. */
const itself = "itself";

/** Who may use this repository's actions and workflows in workflows of their own. */
export const workflowAccess: Kind = {
  title: () => "use of actions and workflows",
  declare: ({ repository: { workflowAccess: level } = {} }) =>
    level === undefined ? [] : [{ kind: "workflow access", name: "", fields: { workflowAccess: level } }],
  async read(reader) {
    const repository = await reader.repository();
    // GitHub has it for private and internal repositories only: a public one's are anybody's, and nothing is to be said of them.
    if (repository.is === "there" && repository.value.visibility === "public") {
      return { things: [{ kind: "workflow access", name: "", fields: {} }], hidden: [] };
    }
    const answer = await reader.ask(
      "access to workflows",
      async ({ rest }, at) => (await rest.actions.getWorkflowAccessToRepository(at)).data.access_level,
    );
    return readingOf("workflow access", answer, (level) => [
      { kind: "workflow access", name: "", fields: { workflowAccess: level } },
    ]);
  },
  words: {
    workflowAccess: oneOf({ none: "nobody else may use them" }, "they may be used by repositories of the same"),
  },
  undeclared: ({ fields }) =>
    `is open to repositories of the same ${fields.workflowAccess as string}, and nobody declared it`,
  isExpected: ({ fields }) => fields.workflowAccess === undefined || fields.workflowAccess === "none",
  object: () => "actions",
  rules: {
    workflowAccess: {
      words: "who may use its workflows",
      direction: levels("none", ...accessLevels.slice(0, -1), itself),
    },
  },
  guards: ({ workflowAccess: level }) =>
    level === undefined ? {} : { workflowAccess: level === "none" ? itself : (level as string) },
};
