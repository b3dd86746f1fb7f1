import type { Rule } from "../rule.ts";
import { jsonAt, listAt, textAt, type Seen } from "../seen.ts";

/** A name whose value is a secret, not where or which one it is: `DB_PASSWORD`, not `DB_PASSWORD_FILE`. */
const secretName =
  /(^|[_-])(password|passwd|passphrase|secret|token|api_?key|private_?key|secret_?(access_)?key|credentials?)$/i;
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** A file or a variable that holds it. */
const reference = /^(\/[\w./-]+|\$\{?\w+\}?)$/;

/** What is not marked as a secret is in the state, in previews and in logs for everybody to read. */
export const secretsAreMarked: Rule = {
  name: "slipway-secrets-are-marked",
  description: "Secrets are marked as secrets, so that no state and no preview shows them",
  fix: "give it as a secret: a file of slipway:secrets, pulumi.secret(…), or by ARN in a task's secrets",
  problems: (seen) => [...leaves(seen.props, "", seen.secretPaths ?? new Set()), ...inTasks(seen)],
};

/** Walks down to texts that are not marked; says where they are, and never what. */
function leaves(value: unknown, path: string, marked: ReadonlySet<string>): string[] {
  if (marked.has(path)) return [];
  if (Array.isArray(value)) return value.flatMap((each, index) => leaves(each, `${path}[${String(index)}]`, marked));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, each]) => leaves(each, path === "" ? key : `${path}.${key}`, marked));
  }
  if (typeof value !== "string" || value === "") return [];
  if (privateKey.test(value)) return [`${path} holds a private key that is not marked as a secret`];
  const [, name = nameOf(path), text = value] = /\[\d+\]$/.test(path) ? (/^(\w+)=(.*)$/s.exec(value) ?? []) : [];
  return isSecret(name, text) ? [`${path}${name === nameOf(path) ? "" : ` (${name})`} is not marked as a secret`] : [];
}

const isSecret = (name: string, text: string) =>
  secretName.test(name.replace(/([a-z])([A-Z])/g, "$1_$2")) && text !== "" && !reference.test(text);

const nameOf = (path: string) => path.split(".").at(-1) ?? "";

/** The environment in a task definition is plain text to everybody who may describe it, marked or not. */
function inTasks({ type, props }: Seen): string[] {
  if (type !== "aws:ecs/taskDefinition:TaskDefinition") return [];
  return listAt({ all: jsonAt(props, "containerDefinitions") }, "all")
    .flatMap((container) => listAt(container, "environment"))
    .flatMap((each) => {
      const name = textAt(each, "name") ?? "";
      return isSecret(name, textAt(each, "value") ?? "") ? [`${name} is plain text in the task definition`] : [];
    });
}
