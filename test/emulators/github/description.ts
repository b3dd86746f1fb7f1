// GitHub's published OpenAPI description: which operation a request is, and whether request and response are what it says.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { ValidateFunction } from "ajv";
import { Ajv } from "ajv";
import formats from "ajv-formats";

type Json = Record<string, unknown>;

interface Parameter {
  name: string;
  in: "path" | "query" | "header" | "cookie";
  required?: boolean;
  schema: Json;
}

interface Media {
  content?: Record<string, { schema?: Json }>;
}

interface Described {
  operationId: string;
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: Media & { required?: boolean };
  responses: Record<string, Media | { $ref: string }>;
}

interface Document {
  paths: Record<string, Record<string, unknown>>;
  components: Record<string, Record<string, unknown>>;
}

/** One operation of the description, matched by a request. */
export interface Match {
  operationId: string;
  params: Record<string, string>;
  /** The path's template, for example `/repos/{owner}/{repo}`. */
  template: string;
  method: string;
}

interface Route {
  pattern: RegExp;
  template: string;
  names: string[];
  operations: Record<string, Described>;
}

const methods = ["get", "put", "post", "delete", "patch"];
/** These may hold slashes that the client has not escaped: GitHub takes the rest of the path. */
const greedy = new Set(["path", "ref", "branch", "basehead", "dir"]);

/** Answers that GitHub gives on any operation, so no operation lists them all. */
const commonErrors = new Set([304, 400, 401, 403, 404, 405, 409, 410, 415, 422, 429, 500, 501, 503]);

export class Description {
  private readonly document = load();
  private readonly routes = this.makeRoutes();
  private readonly ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false, logger: false });
  /** Query and path values are text: numbers and booleans among them are read as such. */
  private readonly coercing = new Ajv({
    strict: false,
    allErrors: true,
    validateSchema: false,
    coerceTypes: "array",
    logger: false,
  });
  private readonly compiled = new Map<string, ValidateFunction>();

  constructor() {
    for (const ajv of [this.ajv, this.coercing]) {
      formats.default(ajv);
      // GitHub's own formats and names of times; none says more than the type does.
      for (const name of ["timestamp", "int64", "repo.nwo"]) ajv.addFormat(name, true);
      ajv.addSchema(this.document, "github");
    }
  }

  /** The operation behind a path below the API's root, and its path parameters. */
  match(method: string, path: string): Match | undefined {
    for (const { pattern, template, names, operations } of this.routes) {
      const found = pattern.exec(path);
      const operation = operations[method.toLowerCase()];
      if (found === null || operation === undefined) continue;
      const params = Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? "")]));
      return { operationId: operation.operationId, params, template, method: method.toLowerCase() };
    }
    return undefined;
  }

  /** What is wrong with a request; empty where it is as described. */
  requestProblems(match: Match, query: Record<string, unknown>, body: unknown): string[] {
    const operation = this.operation(match);
    const problems: string[] = [];
    for (const given of operation.parameters ?? []) {
      const parameter = this.resolve<Parameter>(given);
      if (parameter.in !== "query" && parameter.in !== "path") continue;
      const values: Record<string, unknown> = parameter.in === "query" ? query : match.params;
      if (values[parameter.name] === undefined) {
        if (parameter.required) problems.push(`${parameter.in} parameter ${parameter.name} is missing`);
        continue;
      }
      const key = `${match.operationId} ${parameter.in} ${parameter.name}`;
      const schema = { type: "object", properties: { value: parameter.schema } };
      problems.push(...this.check(key, schema, { value: values[parameter.name] }, this.coercing));
    }
    const schema = operation.requestBody?.content?.["application/json"]?.schema;
    if (schema !== undefined && (body !== undefined || operation.requestBody?.required)) {
      problems.push(...this.check(`${match.operationId} body`, this.pointer(match, "requestBody"), body ?? {}));
    }
    return problems;
  }

  /** What is wrong with a response; empty where it is as described. */
  responseProblems(match: Match, status: number, body: unknown): string[] {
    const described = this.operation(match).responses[String(status)];
    if (described === undefined) {
      return commonErrors.has(status) ? [] : [`status ${status} is not described`];
    }
    const media = this.resolve<Media>(described);
    const schema = media.content?.["application/json"]?.schema;
    if (schema === undefined)
      return body === undefined || status >= 400 ? [] : [`status ${status} is described without a body`];
    return this.check(`${match.operationId} ${status}`, schema, body);
  }

  private pointer(match: Match, part: string): Json {
    const escaped = match.template.replaceAll("~", "~0").replaceAll("/", "~1");
    return {
      $ref: `github#/paths/${encodeURIComponent(escaped)}/${match.method}/${part}/content/application~1json/schema`,
    };
  }

  private check(key: string, schema: Json, value: unknown, ajv = this.ajv): string[] {
    let validate = this.compiled.get(key);
    if (validate === undefined) {
      validate = ajv.compile(absolute(schema));
      this.compiled.set(key, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${key}${instancePath}: ${message ?? "invalid"} ${JSON.stringify(params)}`,
    );
  }

  private operation({ template, method }: Match): Described {
    return this.document.paths[template]?.[method] as Described;
  }

  private resolve<T extends object>(value: T | { $ref: string }): T {
    if (!("$ref" in value)) return value;
    const [, , kind = "", name = ""] = value.$ref.split("/");
    return this.document.components[kind]?.[name] as T;
  }

  private makeRoutes(): Route[] {
    const routes = Object.entries(this.document.paths).map(([template, item]): Route => {
      const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
      const source = template
        .replace(/[.+*?^$()[\]\\]/g, "\\$&")
        // A folder's own listing, `contents/`, has no path at all.
        .replace("/{path}", "(?:/(.*))?")
        .replace(/\{(\w+)\}/g, (_, name: string) => (greedy.has(name) ? "(.+?)" : "([^/]+)"));
      const operations = Object.fromEntries(
        methods.flatMap((method) => (method in item ? [[method, item[method] as Described]] : [])),
      );
      return { pattern: new RegExp(`^${source}$`), template, names, operations };
    });
    // Words before parameters, long before short: `secrets/public-key` is not a secret's name.
    return routes.sort((one, other) => (rank(one.template) < rank(other.template) ? -1 : 1));
  }
}

/** Sorts by this: "~" comes after every letter, so a parameter after every word and an end after every longer path. */
function rank(template: string): string {
  const parts = template
    .split("/")
    .map((part) => (part.startsWith("{") ? (greedy.has(part.slice(1, -1)) ? "~~" : "~") : part));
  return [...parts, "~~~"].join("/");
}

function load(): Document {
  // Enterprise Cloud's: the same API with what the other plans lack, such as internal repositories.
  const file = createRequire(import.meta.url).resolve("@octokit/openapi/generated/ghec.json");
  const document = asJsonSchema(JSON.parse(readFileSync(file, "utf8"))) as Document;
  // GitHub takes and answers it, but does not describe it.
  bodyOf(document, "/repos/{owner}/{repo}/environments/{environment_name}").properties.can_admins_bypass = {
    type: "boolean",
  };
  // Deprecated, and no longer wanted where `checks` are given; the provider's BranchProtectionV3 leaves it out.
  const protection = bodyOf(document, "/repos/{owner}/{repo}/branches/{branch}/protection").properties;
  (protection.required_status_checks as { required: string[] }).required = ["strict"];
  return document;
}

/** The described body of a PUT, to be mended where GitHub itself does otherwise. */
function bodyOf(document: Document, template: string): { properties: Json } {
  const { requestBody } = document.paths[template]?.put as Described;
  const schema = requestBody?.content?.["application/json"]?.schema as { anyOf?: Json[] };
  return (schema.anyOf?.find((one) => "properties" in one) ?? schema) as { properties: Json };
}

/**
 * The description in JSON Schema's own words: OpenAPI 3.0's `nullable` beside `anyOf`, `allOf` or `$ref`, and `oneOf`,
 * whose branches overlap in GitHub's description (its two kinds of 409 body fit each other), as `anyOf`.
 */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (typeof value !== "object" || value === null) return value;
  const copy: Json = {};
  for (const [name, part] of Object.entries(value)) {
    if (name === "examples" || name === "example") continue;
    copy[name === "oneOf" && Array.isArray(part) ? "anyOf" : name] = asJsonSchema(part);
  }
  // An enumeration that may be null does not always say so.
  if (copy.nullable === true && Array.isArray(copy.enum)) copy.enum = [...new Set([...(copy.enum as unknown[]), null])];
  if (copy.nullable !== true || typeof copy.type === "string") return copy;
  delete copy.nullable;
  return { anyOf: [{ type: "null" }, copy] };
}

/** Points the schema's references at the whole document. */
function absolute(schema: unknown): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"github#/')) as Json;
}
