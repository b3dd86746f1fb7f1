import { closest, distance } from "fastest-levenshtein";

/** What a mistyped or shortened word was probably meant to be; undefined if nothing known is near it. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const [longer, ...others] = known.filter((each) => word.length > 1 && each.startsWith(word));
  if (longer !== undefined && others.length === 0) return longer;
  const nearest = closest(word, known);
  // Two letters swapped count as two.
  const mistakes = Math.min(Math.max(2, Math.floor(word.length * 0.4)), nearest.length - 1);
  return distance(word, nearest) <= mistakes ? nearest : undefined;
}
