import type { ApiSetting } from "../api-setting.ts";
import type { RepositorySettings } from "../schema.ts";
import type { RuleValue } from "./directions.ts";
import { readingOf, type Kind, type Thing } from "./kind.ts";
import { isSame } from "./words.ts";

/** Values of custom properties as they have to be; those that are not named stay. @param path of the repository in the API */
export function propertySettings(path: string, { properties }: Pick<RepositorySettings, "properties">): ApiSetting[] {
  const wanted = Object.entries(properties).map(([property_name, value]) => ({ property_name, value }));
  if (wanted.length === 0) return [];
  const at = `${path}/properties/values`;
  const write = { method: "PATCH", path: at, body: { properties: wanted } } as const;
  return [{ what: "custom properties", read: at, lists: "outer", wanted, write }];
}

const shown = (value: RuleValue | undefined) =>
  value === undefined || value === "" ? "not declared" : [value].flat().join(", ");

/**
 * What an organisation's custom properties say of the repository. Rulesets of the organisation hold for repositories by these values, so every
 * other one may take a rule away.
 */
export const customProperty: Kind = {
  title: ({ name }) => `custom property ${name}`,
  declare: ({ repository }) =>
    Object.entries(repository?.properties ?? {}).map(([name, value]): Thing => {
      return { kind: "custom property", name, fields: { property: value } };
    }),
  async read(reader, { kinds, properties = [] }) {
    // Nothing is said of those that nobody declared, so nobody is asked about them.
    if (kinds?.has("custom property") !== true && properties.length === 0) return { things: [], hidden: [] };
    const answer = await reader.ask("custom properties", async ({ request }, at) => {
      return (await request("GET /repos/{owner}/{repo}/properties/values", at)).data;
    });
    return readingOf("custom property", answer, (values) =>
      values.flatMap(({ property_name: name, value }): Thing[] =>
        value === null ? [] : [{ kind: "custom property", name, fields: { property: value } }],
      ),
    );
  },
  words: { property: (value) => `it is ${shown(value)}` },
  isExpected: () => true,
  object: () => "repository",
  rules: {
    property: {
      words: "custom property",
      direction: {
        hasNoOrder: true,
        isLooser: (before, after) => before !== undefined && !isSame(before, after ?? ""),
        show: shown,
      },
    },
  },
  guards: ({ property }, name) => (property === undefined ? {} : { [`property.${name}`]: property as RuleValue }),
};
