/** What came of one try to send. */
export type Outcome =
  | { readonly is: "sent" }
  /** May work later; `afterMs` is how long the other side wants to be left alone. */
  | { readonly is: "later"; readonly problem: string; readonly fix: string; readonly afterMs: number }
  /** Will not work, however often it is tried. */
  | { readonly is: "refused"; readonly problem: string; readonly fix: string };

export const later = (problem: string, fix: string, afterMs = 0): Outcome => ({ is: "later", problem, fix, afterMs });
export const refused = (problem: string, fix: string): Outcome => ({ is: "refused", problem, fix });

const unreachable = "check that the host may reach it (name, firewall, certificate)";

/**
 * POSTs JSON, once. Redirects are not followed: an address with a token in it is meant for one receiver. Nothing of the answer but its
 * status is used, so nothing that the other side echoes gets into a log.
 *
 * @param fix what to do if the other side refuses it
 * @param limitMs for the whole exchange
 */
export async function postJson(
  url: URL,
  body: object,
  { id, fix, limitMs }: { readonly id: string; readonly fix: string; readonly limitMs: number },
): Promise<Outcome> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: { "content-type": "application/json", "idempotency-key": id, "user-agent": "slipway" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(limitMs),
    });
    await answer.body?.cancel();
  } catch (error) {
    return later(`got ${causeOf(error, limitMs)}`, unreachable);
  }
  const { status } = answer;
  if (status >= 200 && status < 300) return { is: "sent" };
  const problem = `got status ${status}`;
  const isPassing = status >= 500 || [408, 425, 429].includes(status);
  return isPassing
    ? later(
        problem,
        "nothing, if it passes; the receiver has a problem or too much to do",
        retryAfterMs(answer.headers),
      )
    : refused(problem, fix);
}

/** @returns ms; 0 if the header is missing or makes no sense */
export function retryAfterMs(headers: Headers, now = Date.now()): number {
  const value = headers.get("retry-after")?.trim() ?? "";
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

/** Only the code: messages of `fetch` may show the address. */
export function causeOf(error: unknown, limitMs: number): string {
  if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${limitMs} ms`;
  const { cause } = error as { cause?: unknown };
  for (const candidate of [error, cause]) {
    const code = (candidate as { code?: unknown } | undefined)?.code;
    if (typeof code === "string" && /^[A-Z0-9_]+$/.test(code)) return code;
  }
  return "no connection";
}

/** Where a token may be sent: encrypted, or not beyond the host's own networks. */
export function parseTarget(text: string): URL | null {
  const url = URL.parse(text);
  if (!url || url.username || url.password) return null;
  const isNear =
    /^(localhost|[\w-]+|127\.[\d.]+|10\.[\d.]+|192\.168\.[\d.]+|172\.(1[6-9]|2\d|3[01])\.[\d.]+|\[::1\])$/.test(
      url.hostname,
    );
  return url.protocol === "https:" || (url.protocol === "http:" && isNear) ? url : null;
}
