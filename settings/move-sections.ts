import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { isMap, parseDocument, YAMLMap, type Document } from "yaml";

const key = (section: string) => `slipway:${section}`;

/**
 * Moves what a stack file says of GitHub into another one, comments included: the stack's one environment becomes one of several, without
 * the choices that only its own secrets needed. What is there already stays. Secrets are not moved: each stack encrypts with a key of its own.
 *
 * @returns settings that the other file has now
 */
export function moveSections(from: string, to: string): string[] {
  const source = parseDocument(readFileSync(from, "utf8"));
  const target = existsSync(to) ? parseDocument(readFileSync(to, "utf8")) : parseDocument("config: {}\n");
  const config = mapIn(target, "config");
  const moved: string[] = [];
  for (const section of ["github", "repository", "repositoryDefaults", "repositories"]) {
    const node: unknown = source.getIn(["config", key(section)], true);
    if (node === undefined) continue;
    source.deleteIn(["config", key(section)]);
    const there: unknown = config.get(key(section), true);
    if (section === "github" && isMap(node) && isMap(there) && isWithoutOwn(there, node)) {
      there.set("repository", node.get("repository", true));
      moved.push(`${key(section)}.repository`);
    }
    if (there !== undefined) continue;
    config.set(key(section), node);
    moved.push(key(section));
  }
  const environment: unknown = source.getIn(["config", key("environment")], true);
  if (isMap(environment)) {
    const name = String(environment.get("name"));
    environment.delete("name");
    source.deleteIn(["config", key("environment")]);
    const environments = mapIn(config, key("environments"));
    if (!environments.has(name)) {
      environments.set(name, environment);
      moved.push(`${key("environments")}.${name}`);
    }
  }
  if (moved.length > 0) writeFileSync(to, String(target));
  writeFileSync(from, String(source));
  return moved;
}

/** One that only lists repositories, of the same owner. */
const isWithoutOwn = (there: YAMLMap, moving: YAMLMap): boolean =>
  there.get("owner") === moving.get("owner") && !there.has("repository") && moving.has("repository");

/** A map in block style: an empty one is written in braces. */
function mapIn(holder: Document | YAMLMap, name: string): YAMLMap {
  const there: unknown = holder.get(name, true);
  if (isMap(there) && there.items.length > 0) return there;
  const made = new YAMLMap();
  holder.set(name, made);
  return made;
}
