import { request } from "node:http";
import { bodyText } from "./body-text.ts";
import type { HealthQuestion } from "./health-request.ts";
import { slots, type Ledger, type Slot } from "./ledger.ts";
import { problemWith } from "./probe.ts";
import { sparePrefix } from "./traffic.ts";

/** The header in which the proxy's own way in names the server that answered. */
export const serverHeader = "x-slipway-server";

/** What whoever asks the service gets now. */
export interface Answer {
  /** Why it is not the answer of the live release; null if it is. */
  readonly problem: string | null;
  readonly slot: Slot | null;
  /** Id of the release that answered; null where nothing did. */
  readonly release: string | null;
}

/** What is asked, and how long it may take. */
export interface AnswerRules {
  readonly question: HealthQuestion;
  readonly timeoutMs: number;
}

/**
 * Asks the service as everybody does, but by a socket of the proxy's own: past TLS, logins and redirects, so that a firewall or a name
 * that is not pointed here yet decides nothing. Never throws.
 *
 * @param socketPath the serving proxy's
 */
export async function askForAnswer(
  socketPath: string,
  { live, slots: held }: Ledger,
  { question, timeoutMs }: AnswerRules,
): Promise<Answer> {
  const got = await get(socketPath, question, timeoutMs);
  if (live === null) return { problem: "nothing was released yet", slot: null, release: null };
  const wanted = held[live].release;
  if ("problem" in got) return { problem: got.problem, slot: null, release: null };
  const slot = slots.find((each) => got.server.replace(sparePrefix, "").startsWith(`${each}-`)) ?? null;
  const answered = slot && held[slot].release;
  const problem =
    slot === null || slot === live
      ? problemWith(got, { ...question, version: wanted?.version ?? "" }).problem
      : `slot ${slot} answers, with ${answered?.id ?? "no release"}, and slot ${live} does not`;
  return { problem, slot, release: answered?.id ?? null };
}

type Got = { readonly server: string; readonly status: number; readonly body: string } | { readonly problem: string };

function get(socketPath: string, { path, headers }: HealthQuestion, timeoutMs: number): Promise<Got> {
  return new Promise((resolve) => {
    const call = request({ socketPath, path, agent: false, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const body = bodyText(parts, response.headers["content-encoding"]);
        const server = response.headers[serverHeader];
        resolve({ server: typeof server === "string" ? server : "", status: response.statusCode ?? 0, body });
      });
      response.on("error", () => {
        resolve({ problem: "a broken answer" });
      });
    });
    call.setTimeout(timeoutMs, () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    call.on("error", (error: NodeJS.ErrnoException) => {
      resolve({ problem: error.code === undefined ? error.message : `${error.code} from the proxy` });
    });
    call.end();
  });
}
