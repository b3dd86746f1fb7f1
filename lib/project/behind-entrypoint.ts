/** Images whose ENTRYPOINT runs the words that it is given, by the custom of their names. */
const runsWhatItIsGiven = /entry-?point|^(tini|dumb-init|catatonit|env)$/;

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
  if (entrypoint.length === 0) return words;
  const rest = words.slice(entrypoint.length);
  if (rest.length > 0 && entrypoint.every((word, index) => words[index] === word)) return rest;
  const program = entrypoint[0]?.split("/").at(-1) ?? "";
  return runsWhatItIsGiven.test(program) ? words : undefined;
}
