import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";

/** One message for one SMTP server. */
export interface Delivery {
  readonly host: string;
  readonly port: number;
  readonly tls: "starttls" | "implicit" | "none";
  readonly login: { readonly user: string; readonly password: string } | null;
  /** Certificates (PEM) to trust instead of the well-known ones. */
  readonly ca: string | null;
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body, lines ended by CRLF, ASCII only. */
  readonly message: string;
  /** For the whole exchange. */
  readonly limitMs: number;
}

/** The server said no: its code, and to what. Never its text, which may repeat what it was told. */
export class SmtpRefusal extends Error {
  readonly code: number;
  readonly stage: string;

  constructor(code: number, stage: string) {
    super(`got ${code} to ${stage}`);
    this.code = code;
    this.stage = stage;
  }
}

/** Longest answer that is read, in characters. */
const maxReply = 16_384;

/**
 * Sends one message. Resolves when the server has taken it for at least one of the recipients.
 *
 * @returns the recipients that were refused
 * @throws SmtpRefusal if the server says no
 * @throws Error with a `code` if there is no connection, no encryption, or no answer in time
 */
export async function deliver(delivery: Delivery): Promise<string[]> {
  const { host, port, tls, login, ca, from, to, limitMs } = delivery;
  const trust = {
    host,
    servername: isIP(host) ? "" : host,
    minVersion: "TLSv1.2",
    ...(ca === null ? {} : { ca }),
  } as const;
  const first = tls === "implicit" ? connectTls({ ...trust, port }) : connectPlain(port, host);
  let talk = new Conversation(first);
  const timer = setTimeout(() => {
    talk.end(problem("ETIMEDOUT"));
  }, limitMs);
  timer.unref();
  try {
    await talk.expect(220, "the connection");
    let offers = await hello(talk);
    if (tls === "starttls") {
      if (!offers.has("STARTTLS")) throw problem("ENOSTARTTLS");
      await talk.ask("STARTTLS", 220, "STARTTLS");
      talk = talk.encrypted((socket) => connectTls({ ...trust, socket }));
      offers = await hello(talk);
    }
    if (login) await authenticate(talk, offers.get("AUTH") ?? "", login);
    await talk.ask(`MAIL FROM:<${from}>`, 250, "the sender");
    const refusals: { address: string; refusal: SmtpRefusal }[] = [];
    for (const address of to) {
      await talk.ask(`RCPT TO:<${address}>`, 250, "a recipient").catch((error: unknown) => {
        if (!(error instanceof SmtpRefusal)) throw error;
        refusals.push({ address, refusal: error });
      });
    }
    const [worst] = refusals;
    if (worst && refusals.length === to.length) throw worst.refusal;
    await talk.ask("DATA", 354, "the message");
    await talk.ask(`${delivery.message.replace(/^\./gm, "..")}\r\n.`, 250, "the message");
    // Taken: whatever happens to the farewell changes nothing.
    talk.say("QUIT");
    return refusals.map(({ address }) => address);
  } finally {
    clearTimeout(timer);
    talk.close();
  }
}

/** @returns what the server offers, by keyword */
async function hello(talk: Conversation): Promise<ReadonlyMap<string, string>> {
  const lines = await talk.ask("EHLO slipway", 250, "EHLO");
  return new Map(
    lines.slice(1).map((line) => {
      const [keyword = "", ...values] = line.split(/[ =]/);
      return [keyword.toUpperCase(), values.join(" ").toUpperCase()];
    }),
  );
}

async function authenticate(
  talk: Conversation,
  methods: string,
  { user, password }: { readonly user: string; readonly password: string },
): Promise<void> {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  if (methods.includes("PLAIN")) {
    await talk.ask(`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`, 235, "AUTH");
  } else if (methods.includes("LOGIN")) {
    await talk.ask("AUTH LOGIN", 334, "AUTH");
    await talk.ask(base64(user), 334, "AUTH");
    await talk.ask(base64(password), 235, "AUTH");
  } else throw problem("ENOAUTH");
}

const problem = (code: string): Error => Object.assign(new Error(code), { code });

/** Lines out, numbered replies in, one at a time. */
class Conversation {
  readonly #socket: Socket | TLSSocket;
  #text = "";
  #failure: Error | null = null;
  #wake: () => void = () => undefined;

  constructor(socket: Socket | TLSSocket) {
    this.#socket = socket;
    socket.on("data", (part: Buffer) => {
      this.#text += part.toString("latin1");
      if (this.#text.length > maxReply) this.end(problem("EMSGSIZE"));
      this.#wake();
    });
    socket.on("error", (error: Error) => {
      this.end(error);
    });
    socket.on("close", () => {
      this.end(problem("ECONNRESET"));
    });
  }

  say(line: string): void {
    if (!this.#failure) this.#socket.write(`${line}\r\n`);
  }

  /** @returns the reply's lines without their code. @throws SmtpRefusal on any other code */
  async ask(line: string, code: number, stage: string): Promise<string[]> {
    this.say(line);
    return this.expect(code, stage);
  }

  async expect(code: number, stage: string): Promise<string[]> {
    for (;;) {
      const reply = /^(?:\d{3}-[^\n]*\n)*(\d{3})(?: [^\n]*)?\r?\n/.exec(this.#text);
      if (reply) {
        this.#text = this.#text.slice(reply[0].length);
        if (Number(reply[1]) !== code) throw new SmtpRefusal(Number(reply[1]), stage);
        return reply[0]
          .trimEnd()
          .split("\n")
          .map((line) => line.slice(4).trim());
      }
      if (this.#failure) throw this.#failure;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** @throws Error if the server said something ahead of the encryption: somebody else may have */
  encrypted(upgrade: (socket: Socket) => TLSSocket): Conversation {
    if (this.#text !== "") throw problem("EPROTO");
    this.#socket.removeAllListeners("data");
    return new Conversation(upgrade(this.#socket));
  }

  end(failure: Error): void {
    this.#failure ??= failure;
    this.#socket.destroy();
    this.#wake();
  }

  close(): void {
    this.#failure ??= problem("ECONNRESET");
    // Lets the farewell out, but waits for nothing.
    this.#socket.end();
    this.#socket.unref();
    setTimeout(() => this.#socket.destroy(), 1000).unref();
  }
}
