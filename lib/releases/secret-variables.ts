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

/**
 * Shell text that prints what an image starts, and fails where it has not what reads the secrets. Variables: IMAGE; ONE_OFF: words that
 * begin a container for a moment.
 */
export const imageStartScript = `docker image inspect --format '[{{json .Config.Entrypoint}},{{json .Config.Cmd}}]' "$IMAGE"
if ! $ONE_OFF --entrypoint /bin/sh "$IMAGE" -ec 'command -v cat' > /dev/null 2>&1; then
  echo "slipway:container.secretVariables: needs /bin/sh and cat in the image, got $IMAGE without one of them. Fix: an image that has both; or pulumi config rm --path slipway:container.secretVariables, and let the service read the files that <NAME>_FILE name" >&2
  exit 1
fi`;

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
