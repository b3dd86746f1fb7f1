import { readFile } from "node:fs/promises";
import { request as plainRequest, type IncomingMessage } from "node:http";
import { request as secureRequest } from "node:https";
import { frontFile, whosePath, type DoorKind } from "./behind.ts";
import { Field } from "./field.ts";
import { parseFront, type FrontConfig } from "./front.ts";

/** What came of asking at a front for one name. */
export interface SeenName {
  readonly name: string;
  /** To whose proxy the front passes it, by its configuration. */
  readonly stack: string;
  /** By TLS, and in plain: the stack that answered; else what came instead, such as ECONNRESET. */
  readonly secure: string;
  readonly plain: string;
}

/** What a look at a front found. */
export interface FrontLook {
  readonly address: string;
  readonly port: number;
  readonly httpPort: number;
  readonly names: readonly SeenName[];
}

/** Whose names are asked for. @default those of all stacks */
export interface FrontWish {
  readonly stack?: string | undefined;
}

const timeLimitMs = 5_000;

/** @throws InvalidInput */
export function parseFrontWish(text: string): FrontWish {
  const root = Field.parse("stdin", text);
  return { stack: root.get("stack").optional((field) => field.text(/^[\w.-]{1,100}$/)) ?? undefined };
}

/**
 * Asks the front for its names, through its own ports: what is written somewhere is no answer. Runs on the host's own network. Below `*.` it
 * asks for one name that stands for all.
 *
 * @throws ENOENT where no front has ever been up
 */
export async function frontLook(doors: string, { stack }: FrontWish): Promise<FrontLook> {
  const config = parseFront(await readFile(frontFile(doors), "utf8"));
  const { address, port, httpPort, names } = config;
  const wanted = Object.entries(names).filter(([, to]) => stack === undefined || to === stack);
  const seen = wanted.map(async ([name, to]): Promise<SeenName> => {
    const [secure, plain] = await Promise.all([whose(config, name, "secure"), whose(config, name, "plain")]);
    return { name, stack: to, secure, plain };
  });
  return { address, port, httpPort, names: await Promise.all(seen) };
}

/** The stack whose proxy answers to a name; else what came instead. */
function whose({ address, port, httpPort }: FrontConfig, name: string, kind: DoorKind): Promise<string> {
  const asked = name.replace(/^\*/, "slipway-looks");
  const host = address === "::" ? "::1" : address === "0.0.0.0" ? "127.0.0.1" : address;
  // The kernel takes the address itself for its own end.
  const options = { host, localAddress: host, path: whosePath, agent: false, timeout: timeLimitMs };
  const sent = { ...options, headers: { host: asked } };
  return new Promise((resolve) => {
    const answered = (response: IncomingMessage) => {
      let text = "";
      response.on("data", (part: Buffer) => (text += part.toString().slice(0, 200)));
      response.on("end", () => {
        const { statusCode } = response;
        resolve(statusCode === 200 && /^[\w.-]{1,100}$/.test(text) ? text : `status ${String(statusCode)}`);
      });
    };
    const call =
      kind === "secure"
        ? // Whose it is counts here, and not whether somebody trusts its certificate: no secret is sent.
          secureRequest({ ...sent, port, servername: asked, rejectUnauthorized: false }, answered)
        : plainRequest({ ...sent, port: httpPort }, answered);
    call.on("timeout", () => call.destroy(new Error(`no answer within ${timeLimitMs / 1000} s`)));
    call.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    call.end();
  });
}

/** What it came to, for people: a line each, with `✓` where a name leads to its stack. */
export const tellLook = ({ address, port, httpPort, names }: FrontLook): string[] =>
  names.map(({ name, stack, secure, plain }) => {
    const at = [
      ["https", port, secure],
      ["http", httpPort, plain],
    ].map(
      ([kind, at, got]) =>
        `${String(kind)} at ${address}:${String(at)} ${got === stack ? "leads there" : `got ${String(got)}`}`,
    );
    return `${[secure, plain].includes(stack) ? "✓" : "✗"} ${name} → ${stack}: ${at.join(", ")}`;
  });
