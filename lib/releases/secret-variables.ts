import { z } from "zod";

/**
 * What a container starts instead of its image's command: a shell that reads secrets from their files into variables and becomes that
 * command. So they are in no state, and not where `docker inspect` shows them.
 *
 * @param names variables whose files are named by `<name>_FILE`
 */
export const readingSecrets = (names: readonly string[]): string[] => [
  "/bin/sh",
  "-euc",
  // The full stop keeps the line ends that a value ends with.
  `for name in ${names.join(" ")}; do ` +
    'eval "file=\\$${name}_FILE"; value=$(cat "$file" && printf .); export "$name=${value%.}"; done; exec "$@"',
  "slipway",
];

/** Shell text that prints what an image starts. Variable: IMAGE. */
export const imageStartScript = `docker image inspect --format '[{{json .Config.Entrypoint}},{{json .Config.Cmd}}]' "$IMAGE"`;

/** What an image starts, in words. */
export interface ImageStart {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

const words = z
  .array(z.string())
  .nullable()
  .transform((list) => list ?? []);
const start = z.tuple([words, words]);

/** @param said by {@link imageStartScript}; nothing where it has not run, as for a slot that no update touches */
export function parseImageStart(said = ""): ImageStart {
  if (said === "") return { entrypoint: [], command: [] };
  const [entrypoint, command] = start.parse(JSON.parse(said));
  return { entrypoint, command };
}
