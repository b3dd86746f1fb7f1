import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";

export interface Received {
  readonly path: string;
  readonly id: string;
  readonly body: Record<string, unknown>;
  readonly at: number;
}

/** How the next requests are answered; `silent` never answers. */
export type Mood =
  "well" | "silent" | { readonly status: number; readonly headers?: Record<string, string>; readonly echo?: boolean };

/** A strict receiver of JSON: only POST, only its own path, only bodies that its check finds right. */
export class HttpReceiver {
  readonly taken: Received[] = [];
  /** Every request, taken or not. */
  readonly tries: Received[] = [];
  /** One a request, then `otherwise`. */
  readonly moods: Mood[] = [];
  otherwise: Mood = "well";
  readonly #server: Server;
  readonly #path: string;
  readonly #check: (body: Record<string, unknown>) => string | null;
  readonly #ok: readonly [status: number, body: string];

  constructor(
    path: string,
    check: (body: Record<string, unknown>) => string | null,
    ok: readonly [status: number, body: string] = [200, "ok"],
  ) {
    this.#path = path;
    this.#check = check;
    this.#ok = ok;
    this.#server = createServer((request, response) => {
      void this.#take(request).then((answer) => {
        if (answer === "silent") return;
        response.writeHead(answer.status, answer.headers);
        response.end(answer.body);
      });
    });
  }

  async listen(address = "127.0.0.1"): Promise<void> {
    this.#server.listen(0, address);
    await once(this.#server, "listening");
  }

  get url(): string {
    return this.urlAt("127.0.0.1");
  }

  urlAt(host: string): string {
    const address = this.#server.address();
    return `http://${host}:${typeof address === "object" && address ? address.port : 0}${this.#path}`;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #take(
    request: IncomingMessage,
  ): Promise<"silent" | { status: number; headers?: Record<string, string>; body: string }> {
    let text = "";
    for await (const part of request.setEncoding("utf8")) text += String(part);
    const body = JSON.parse(text) as Record<string, unknown>;
    const id = String(request.headers["idempotency-key"]);
    const received = { path: request.url ?? "", id, body, at: performance.now() };
    this.tries.push(received);
    const mood = this.moods.shift() ?? this.otherwise;
    if (mood === "silent") return mood;
    if (mood !== "well") {
      const echo = mood.echo ? `${request.url ?? ""} ${text}` : "";
      return { status: mood.status, ...(mood.headers ? { headers: mood.headers } : {}), body: echo };
    }
    if (request.method !== "POST") return { status: 405, body: "" };
    if (request.headers["content-type"] !== "application/json") return { status: 415, body: "" };
    if (request.url !== this.#path) return { status: 404, body: "no_service" };
    const problem = this.#check(body);
    if (problem !== null) return { status: 400, body: problem };
    this.taken.push(received);
    return { status: this.#ok[0], body: this.#ok[1] };
  }
}

const isText = (value: unknown, max: number): value is string =>
  typeof value === "string" && value.length > 0 && value.length <= max;
const keysOf = (value: object, allowed: readonly string[]) =>
  Object.keys(value).filter((key) => !allowed.includes(key));

interface SlackBlock {
  readonly type: string;
  readonly text?: { readonly type: string; readonly text: string };
  readonly elements?: readonly { readonly type: string; readonly text: string }[];
}

/** What Slack's incoming webhooks accept, as far as it matters here. */
export function checkSlack(body: Record<string, unknown>): string | null {
  if (keysOf(body, ["text", "blocks"]).length > 0) return "invalid_payload";
  if (!isText(body.text, 40_000)) return "no_text";
  for (const block of body.blocks as SlackBlock[]) {
    const texts = block.type === "section" ? [block.text] : block.type === "context" ? (block.elements ?? []) : [];
    if (texts.length === 0 || texts.some((text) => text?.type !== "mrkdwn" || !isText(text.text, 3000)))
      return "invalid_blocks";
    if (texts.some((text) => /<|>|&(?!amp;|lt;|gt;)/.test(text?.text ?? ""))) return "invalid_blocks";
  }
  return null;
}

/** The same of messages in attachments, as Alertmanager writes them: older than blocks, and still taken. */
export function checkSlackAttachments(body: Record<string, unknown>): string | null {
  if (keysOf(body, ["channel", "username", "attachments"]).length > 0) return "invalid_payload";
  const attachments = body.attachments as readonly Record<string, unknown>[];
  const known = ["title", "title_link", "text", "fallback", "callback_id", "footer", "color", "mrkdwn_in"];
  const isRight = (each: Record<string, unknown>) =>
    keysOf(each, known).length === 0 && isText(each.title, 3000) && isText(each.fallback, 3000);
  return attachments.length > 0 && attachments.every(isRight) ? null : "invalid_attachments";
}

/** Who waits for the watchdog by Alertmanager's webhook: any other alert, and an end, would be taken for a sign of life. */
export function checkBeat({ status, alerts }: Record<string, unknown>): string | null {
  const names = (alerts as readonly { readonly labels: { readonly alertname: string } }[]).map(
    ({ labels: { alertname } }) => alertname,
  );
  return status === "firing" && names.join() === "SlipwayWatchdog" ? null : "no beat";
}

/** PagerDuty's Events API v2: validates as it does, and keeps its incidents. */
export class PagerDuty {
  readonly open = new Map<string, number>();
  /** In order: `trigger <severity> <class>` and `resolve`. */
  readonly history: string[] = [];
  readonly #routingKey: string;

  constructor(routingKey: string) {
    this.#routingKey = routingKey;
  }

  check = (body: Record<string, unknown>): string | null => {
    const { routing_key, event_action, dedup_key, payload, ...rest } = body;
    const unknown = keysOf(rest, ["client", "client_url", "images", "links"]);
    if (unknown.length > 0) return `unknown ${unknown.join()}`;
    if (typeof routing_key !== "string" || routing_key.length !== 32) return "Length of 'routing_key' is incorrect";
    if (routing_key !== this.#routingKey) return "invalid routing key";
    if (!isText(dedup_key, 255)) return "dedup_key";
    if (event_action === "resolve") {
      this.open.delete(dedup_key);
      this.history.push("resolve");
      return null;
    }
    if (event_action !== "trigger") return "event_action";
    const { summary, source, severity, timestamp, custom_details, ...more } = payload as Record<string, unknown>;
    if (keysOf(more, ["component", "group", "class"]).length > 0) return "unknown in payload";
    if (!isText(summary, 1024) || !isText(source, 1024)) return "summary or source";
    if (!["critical", "error", "warning", "info"].includes(String(severity))) return "severity";
    const isTime = timestamp === undefined || (typeof timestamp === "string" && !Number.isNaN(Date.parse(timestamp)));
    if (!isTime || typeof custom_details !== "object") return "timestamp or details";
    this.open.set(dedup_key, (this.open.get(dedup_key) ?? 0) + 1);
    this.history.push(`trigger ${String(severity)} ${String(more.class)}`);
    return null;
  };
}
