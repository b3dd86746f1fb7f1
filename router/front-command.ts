import { frontLook, parseFrontWish, tellLook } from "./front-look.ts";
import { parseFront } from "./front.ts";
import { guardFront, keepFront, switchFront, type FrontFolders } from "./front-keeper.ts";
import { parseProxyWish } from "./wire.ts";

/**
 * Commands of a front, which has no daemon.
 *
 * @param command after `slipway-router front`
 * @param input what stands on stdin
 * @returns the exit code
 */
export async function runFront(command: string, input: string, folders: FrontFolders): Promise<number> {
  process.stdout.write(`${await answer(command, input, folders)}\n`);
  return 0;
}

async function answer(command: string, input: string, folders: FrontFolders): Promise<string> {
  if (command === "keep") return keepFront(parseFront(input), folders);
  if (command === "guard") return guardFront(parseProxyWish(input), folders);
  if (command === "switch") return switchFront(parseProxyWish(input), folders);
  if (command === "tell") return tellLook(await frontLook(folders.doors, parseFrontWish(input))).join("\n");
  return JSON.stringify(await frontLook(folders.doors, parseFrontWish(input)));
}
