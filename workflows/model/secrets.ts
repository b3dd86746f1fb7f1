/** Names of the secrets that expressions in a rendered object read, sorted; the run's own token is none. Pure. */
export function secretsIn(object: unknown): string[] {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value === "string") {
      for (const [, expression = ""] of value.matchAll(/\$\{\{(.*?)\}\}/gs)) {
        for (const [, name = ""] of expression.matchAll(/\bsecrets\.(\w+)/g)) found.add(name);
      }
    } else if (typeof value === "object" && value !== null) Object.values(value).forEach(look);
  };
  look(object);
  found.delete("GITHUB_TOKEN");
  return [...found].sort();
}
