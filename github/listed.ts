import type { Problem } from "../lib/problem.ts";

/**
 * Repositories that a stack lists, beside the one of its own: each has what `slipway:repositoryDefaults` says and its own differences. What is
 * known of one repository here gets its name: in settings, in identifiers of weakenings, in names of resources.
 */

/** Configuration with each listed repository whole. Pure; what is no object is left to the schema. */
export function withDefaults(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const repositories = asObject(values.repositories);
  if (repositories === undefined) return values;
  const defaults = asObject(values.repositoryDefaults) ?? {};
  const whole = Object.entries(repositories).map(([name, own]) => [name, merged(defaults, own ?? {})]);
  return { ...values, repositories: Object.fromEntries(whole) };
}

/** Objects part by part; anything else, lists too, takes the place of the default, and nothing (`~`) takes it away. */
function merged(defaults: unknown, own: unknown): unknown {
  const [one, other] = [asObject(defaults), asObject(own)];
  if (one === undefined || other === undefined) return own;
  const parts = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(
    parts.flatMap((part) => {
      if (!Object.hasOwn(other, part)) return [[part, one[part]]];
      return other[part] === null ? [] : [[part, merged(one[part], other[part])]];
    }),
  );
}

/** `pulumi config set` writes an empty object as text. */
function asObject(value: unknown): Record<string, unknown> | undefined {
  const read = value === "{}" ? {} : value;
  return typeof read === "object" && read !== null && !Array.isArray(read)
    ? (read as Record<string, unknown>)
    : undefined;
}

/** The part of a name that says which repository: empty for the stack's own. */
export const prefixOf = (listed: string | undefined): string => (listed === undefined ? "" : `${listed}/`);

/** The listed repository that a resource belongs to; undefined for the stack's own. Pure. @param name of the resource, or its URN */
export function listedOf(name: string, listed: readonly string[]): string | undefined {
  const own = name.split("::").at(-1) ?? name;
  return listed.find((each) => own.startsWith(prefixOf(each)));
}

/** Where a listed repository's settings are. */
export const listedPath = (name: string): string =>
  `slipway:repositories${name.includes(".") ? `["${name}"]` : `.${name}`}`;

/** Text about the settings of one repository, in those of a listed one. Pure. */
export function inListed(listed: string | undefined, text: string): string {
  if (listed === undefined) return text;
  const path = listedPath(listed);
  return text
    .replace(/slipway:(github\.repository|repository)(?![A-Za-z])/g, () => path)
    .replace(/slipway:environments?(?![A-Za-z])/g, () => `${path}.environments`);
}

/** What is said of one repository, as if it were the only one. */
export interface Told<T> {
  /** Its name in `slipway:repositories`. @default the stack's own */
  readonly listed: string | undefined;
  readonly said: T;
}

/** Problems in the words of each repository's settings; what is wrong with several alike is told once. Pure. */
export const problemsOnce = (problems: readonly Told<Problem>[]): Problem[] =>
  alike(problems).map(({ listed, said, others }) => {
    const mine = Object.entries(said).map(([part, text]) => [part, inListed(listed, text as string)]);
    const told = Object.fromEntries(mine) as unknown as Problem;
    if (others.length === 0) return told;
    const fix = `${told.fix}; in slipway:repositoryDefaults it is for all`;
    return { ...told, problem: `${told.problem} (and so for ${someOf(others)})`, fix };
  });

/** Problems of a whole configuration, told likewise. Pure. @param names of the listed repositories */
export function foldListed(problems: readonly Problem[], names: readonly string[]): Problem[] {
  return problemsOnce(
    problems.map((problem) => {
      const listed = names.find((name) => {
        const rest = problem.path.startsWith(listedPath(name)) ? problem.path.slice(listedPath(name).length) : "?";
        return rest === "" || rest.startsWith(".");
      });
      if (listed === undefined) return { listed, said: problem };
      const texts = Object.entries(problem).map(([part, text]) => {
        return [part, (text as string).replaceAll(listedPath(listed), "slipway:repository")];
      });
      return { listed, said: Object.fromEntries(texts) as unknown as Problem };
    }),
  );
}

/** The same for sentences, which begin with the names of listed repositories. Pure. */
export const linesOnce = (lines: readonly Told<string>[]): string[] =>
  alike(lines).map(({ listed, said, others }) =>
    listed === undefined ? said : `${someOf([listed, ...others])}: ${inListed(listed, said)}`,
  );

/** The first of each, with the names of further listed repositories that it is said of. */
function alike<T>(all: readonly Told<T>[]): (Told<T> & { readonly others: readonly string[] })[] {
  const known = new Map<string, Told<T> & { readonly others: string[] }>();
  for (const { listed, said } of all) {
    const key = JSON.stringify([listed === undefined, said]);
    const first = known.get(key);
    if (first === undefined) known.set(key, { listed, said, others: [] });
    else if (listed !== undefined) first.others.push(listed);
  }
  return [...known.values()];
}

/** `website, payments, infra and 37 more`. */
function someOf(names: readonly string[]): string {
  const more = names.length - 3;
  return more > 0 ? `${names.slice(0, 3).join(", ")} and ${more} more` : names.join(", ");
}
