import type { ApiSetting } from "../api-setting.ts";
import type { At, Reader } from "../read/reader.ts";
import { placesWithin } from "./environment.ts";
import { readingOf, together, type Kind, type Thing } from "./kind.ts";
import { repositoryStore, storeTitle } from "./secret.ts";
import { quoted } from "./words.ts";

function askVariables(reader: Reader, of: string) {
  // The largest page that GitHub gives of variables.
  const page = (at: At) => ({ ...at, per_page: 30 });
  return reader.ask<{ name: string; value: string }[]>(`variables of ${storeTitle(of)}`, ({ paginate, rest }, at) =>
    of === repositoryStore
      ? paginate(rest.actions.listRepoVariables, page(at))
      : paginate(rest.actions.listEnvironmentVariables, { ...page(at), environment_name: of }),
  );
}

/** The variables of the repository or of an environment. @param path of the repository in the API */
export function variableSettings(path: string, of: string, values: Readonly<Record<string, string>>): ApiSetting[] {
  const variables = of === repositoryStore ? `${path}/actions/variables` : `${path}/environments/${of}/variables`;
  return Object.entries(values).map(([name, value]) => ({
    what: `variable ${name} of ${storeTitle(of)}`,
    read: `${variables}/${name}`,
    wanted: { value },
    write: { method: "PATCH", path: `${variables}/${name}`, body: { value } },
    make: { method: "POST", path: variables, body: { name, value } },
  }));
}

/** Variables of workflows. */
export const variable: Kind = {
  title: ({ name, of }) => `variable ${name} of ${storeTitle(of)}`,
  declare: ({ repository, environments = [] }) =>
    [...(repository ? [{ ...repository, name: repositoryStore }] : []), ...environments].flatMap(
      ({ name: of, variables }) =>
        Object.entries(variables).map(([name, value]): Thing => ({ kind: "variable", name, of, fields: { value } })),
    ),
  async read(reader, scope) {
    const places = await placesWithin(reader, scope, "variable", [repositoryStore]);
    return together(
      await Promise.all(
        places.map(async (of) =>
          readingOf(
            "variable",
            await askVariables(reader, of),
            (variables) => variables.map(({ name, value }) => ({ kind: "variable", name, of, fields: { value } })),
            of,
          ),
        ),
      ),
    );
  },
  words: { value: quoted("value") },
  imports: {
    ActionsVariable: (input, find) => find(input("variableName"), repositoryStore)?.name,
    ActionsEnvironmentVariable(input, find) {
      const [name, of] = [input("variableName"), input("environment")];
      return find(name, of) && `${of}:${name}`;
    },
  },
};
