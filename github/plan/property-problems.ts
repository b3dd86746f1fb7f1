import type { Problem } from "../../lib/problem.ts";
import type { Reader } from "../read/reader.ts";
import type { RepositorySettings } from "../schema.ts";

const path = (name: string) => `slipway:repository.properties.${name}`;

/**
 * Values that GitHub would refuse: the organisation defines each property, and which values it may have. Nothing is said where this token may not
 * see that.
 *
 * @throws CouldNotAsk
 */
export async function propertyProblems(
  reader: Reader,
  { properties }: Pick<RepositorySettings, "properties">,
): Promise<Problem[]> {
  if (Object.keys(properties).length === 0) return [];
  const answer = await reader.ask("custom properties of the organisation", async ({ request }, { owner: org }) => {
    return (await request("GET /orgs/{org}/properties/schema", { org })).data;
  });
  if (answer.is !== "there") return [];
  const known = new Map(answer.value.map((each) => [each.property_name, each]));
  const names = [...known.keys()].join(", ") || "none";
  return Object.entries(properties).flatMap(([name, value]): Problem[] => {
    const defined = known.get(name);
    if (defined === undefined) {
      const fix = "define it in the organisation's settings, or correct the name";
      return [
        { path: path(name), problem: "is no custom property of the organisation", got: name, allowed: names, fix },
      ];
    }
    const isList = defined.value_type === "multi_select";
    if (Array.isArray(value) !== isList) {
      const fix = isList
        ? `pulumi config set --path '${path(name)}[0]' <value>`
        : `pulumi config set --path ${path(name)} <value>`;
      return [
        {
          path: path(name),
          problem: "is of the wrong type",
          got: String(value),
          allowed: isList ? "a list" : "one text",
          fix,
        },
      ];
    }
    const choices = defined.value_type === "true_false" ? ["true", "false"] : (defined.allowed_values ?? []);
    const wrong = choices.length === 0 ? [] : [value].flat().filter((each) => !choices.includes(each));
    return wrong.map((got) => {
      const allowed = choices.join(", ");
      return { path: path(name), problem: "is no value of that property", got, allowed, fix: "choose one of those" };
    });
  });
}
