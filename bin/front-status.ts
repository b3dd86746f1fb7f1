import { doorsOf } from "../lib/front/names.ts";
import { doorsFolder } from "../router/behind.ts";
import { tellLook, type FrontLook } from "../router/front-look.ts";
import type { CommonOptions } from "./command.ts";
import { askInJson } from "./controller.ts";
import { exitCodes } from "./exit-codes.ts";
import type { StackHost } from "./hosts.ts";
import { printJson } from "./print.ts";

/** The newest of the front's images has the program that looks. */
const script = `
image=$(docker image ls --quiet "$PREFIX/controller" | head -n 1)
if [ -z "$image" ] || ! docker volume inspect "$DOORS" > /dev/null 2>&1; then
  echo "$PREFIX: no front of this name is up here. Fix: pulumi up of its stack" >&2
  exit 1
fi
echo '{}' | docker run --rm --interactive --network host --user 0 --cap-drop ALL -v "$DOORS:${doorsFolder}:ro" "$image" slipway-router front look
`;

/** Shows where each name of a front leads, as found by asking for it there. Exit code 1 if one leads nowhere. */
export async function showFront(host: StackHost, { json }: CommonOptions): Promise<void> {
  const env = { PREFIX: host.prefix, DOORS: doorsOf(host.prefix) };
  const { code, result } = await askInJson(host, { text: script, env, timeoutSeconds: 60 }, (line) => {
    process.stderr.write(`${line}\n`);
  });
  process.exitCode = code;
  if (json) printJson(result);
  if (code !== exitCodes.done) return;
  const look = result as FrontLook;
  if (!json) {
    const head = `front ${host.prefix} at ${look.address}, ports ${String(look.port)} and ${String(look.httpPort)}`;
    process.stdout.write(`${[head, ...tellLook(look)].join("\n")}\n`);
  }
  const isLost = look.names.some(({ stack, secure, plain }) => secure !== stack && plain !== stack);
  if (isLost) process.exitCode = exitCodes.failed;
}
