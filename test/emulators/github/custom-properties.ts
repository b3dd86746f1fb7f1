// Custom properties: an organisation defines them, repositories have values. Source: GitHub's descriptions of these operations.
import type { AnyHandlers, Call } from "./call.ts";
import { noContent, ok } from "./call.ts";
import { invalid } from "./errors.ts";

/** One that an organisation defines. */
export interface PropertyDefinition {
  readonly name: string;
  readonly type: "string" | "single_select" | "multi_select" | "true_false" | "url";
  readonly values?: readonly string[];
}

type Value = string | readonly string[];

const definitionsOf = (call: Call): readonly PropertyDefinition[] => {
  const { owner } = call.repository();
  return owner.kind === "organization" ? owner.properties : [];
};

/** Why a value is refused; undefined if it is not. */
function flaw({ type, values }: PropertyDefinition, value: Value): string | undefined {
  if ((type === "multi_select") !== (typeof value !== "string")) return "is of the wrong type";
  const allowed = type === "true_false" ? ["true", "false"] : values;
  return [value].flat().every((each) => allowed?.includes(each) ?? true) ? undefined : "is not an allowed value";
}

export const customProperties: AnyHandlers = {
  "orgs/custom-properties-for-repos-get-organization-definitions"(call) {
    const { properties } = call.organization("member");
    return ok(
      properties.map(({ name, type, values }) => ({
        property_name: name,
        value_type: type,
        source_type: "organization",
        required: false,
        ...(values && { allowed_values: values }),
      })),
    );
  },
  "repos/custom-properties-for-repos-get-repository-values"(call) {
    const values = [...call.repository().properties];
    return ok(values.map(([property_name, value]) => ({ property_name, value })));
  },
  "repos/custom-properties-for-repos-create-or-update-repository-values"(call) {
    const repository = call.repository("admin");
    const { properties } = call.body as { properties: { property_name: string; value: Value | null }[] };
    const problems = properties.flatMap(({ property_name: name, value }) => {
      const defined = definitionsOf(call).find((each) => each.name === name);
      const message = defined === undefined ? "is not defined" : value === null ? undefined : flaw(defined, value);
      return message === undefined ? [] : [`Property '${name}' ${message}`];
    });
    if (problems.length > 0) {
      throw invalid(...problems.map((message) => ({ resource: "CustomProperty", code: "custom" as const, message })));
    }
    for (const { property_name: name, value } of properties) {
      if (value === null) repository.properties.delete(name);
      else repository.properties.set(name, value);
    }
    return noContent;
  },
};
