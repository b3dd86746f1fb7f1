/** What only starts the words behind it, and its options. */
const inits = ["tini", "dumb-init", "catatonit"];

/** A script that by the custom of its name runs the words that it is given. */
const wrapper = /entry-?point/;

const programOf = (path = "") => path.split("/").at(-1) ?? "";

/**
 * What a container has to be given so that it runs a line of a Procfile: the image's ENTRYPOINT comes before it. Pure.
 *
 * @param words of the line
 * @param entrypoint of the image; empty where it has none
 * @returns undefined where the ENTRYPOINT would run something else, or nobody can tell
 */
export function behindEntrypoint(
  words: readonly string[],
  entrypoint: readonly string[],
): readonly string[] | undefined {
  const [first, ...others] = entrypoint;
  if (first === undefined) return words;
  const rest = words.slice(entrypoint.length);
  if (rest.length > 0 && entrypoint.every((word, index) => words[index] === word)) return rest;
  if (inits.includes(programOf(first))) {
    const started = others.findIndex((word) => !word.startsWith("-"));
    return behindEntrypoint(words, started < 0 ? [] : others.slice(started));
  }
  return others.length === 0 && wrapper.test(programOf(first)) ? words : undefined;
}
