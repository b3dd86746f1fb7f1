import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join as joinWords } from "shlex";
import { maxPageBytes, passCookie, passHeader } from "../router/maintenance.ts";
import { defineByHand, group, oneValue, type HandOptions } from "./command.ts";
import { byHand, errorsOf, steer } from "./controller.ts";
import { exitCodes, Failure } from "./exit-codes.ts";
import { findHosts, onEachHost, runOnHost } from "./hosts.ts";
import { teller } from "./print.ts";

interface OnOptions extends HandOptions {
  readonly page?: string;
}

/** Longest that a host may take to close, in seconds. */
const closingSeconds = 60;

export const maintenance = () =>
  group("maintenance", "Close the service for a while: users get 503 with Retry-After, testers pass", [
    defineByHand("on", "Close it, and print what testers pass with; releases go out all the same")
      .option("--page <file>", "HTML that users see; the last one, or a line of text, without it", oneValue)
      .action(close),
    defineByHand("off", "Open it again").action(async (options: HandOptions) => {
      await steer(options, ["open"]);
    }),
  ]);

/** All hosts take the same pass, and keep only its hash. */
async function close(options: OnOptions): Promise<void> {
  const page = options.page === undefined ? "" : readPage(options.page);
  const { hosts } = await findHosts(options, { changes: true });
  const pass = randomBytes(16).toString("hex");
  const hash = createHash("sha256").update(pass).digest("hex").toUpperCase();
  await onEachHost(hosts, options, async (host, tell) => {
    const words = ["slipway-router", "close", `--pass=${hash}`, ...(page === "" ? [] : ["--page"]), ...byHand(options)];
    const text = `printf %s "$PAGE" | ${joinWords(["docker", "exec", "-i", host.controller, ...words])}`;
    const script = { text, env: { PAGE: page }, timeoutSeconds: closingSeconds };
    const { code, said, errors } = await runOnHost(host, script, { said: tell, error: errorsOf(hosts, host) });
    return { code, result: code === exitCodes.done ? { pass, said } : { error: errors.join("\n") } };
  });
  if (process.exitCode !== exitCodes.done) return;
  teller(options.json, "")(`testers pass with the header ${passHeader}: ${pass}, or the cookie ${passCookie}=${pass}`);
}

/** @throws Failure */
function readPage(path: string): string {
  const problem = (got: string, allowed: string) =>
    new Failure(
      `maintenance on: --page is no page, got ${got}; allowed ${allowed}. Fix: name another file`,
      exitCodes.usage,
    );
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw problem(`${path}, ${(error as NodeJS.ErrnoException).code ?? "unreadable"}`, "a file that can be read");
  }
  const bytes = Buffer.byteLength(text);
  if (text.trim() === "" || text.includes("\0") || bytes > maxPageBytes)
    throw problem(`${path} with ${String(bytes)} bytes`, `1 to ${String(maxPageBytes)} bytes of HTML`);
  return text;
}
