import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, TLSSocket, type SecureContextOptions } from "node:tls";

export interface SmtpRules {
  readonly tls: "starttls" | "implicit" | "none";
  readonly identity?: SecureContextOptions;
  readonly auth?: readonly ("PLAIN" | "LOGIN")[];
  readonly user?: string;
  readonly password?: string;
  /** Recipients it does not know. */
  readonly unknown?: readonly string[];
  /** Answers in place of the usual, by verb (`RCPT`, `DATA`, `.` for the message's end, `CONNECT`). */
  readonly say?: Readonly<Record<string, string>>;
  /** Never says a word. */
  readonly isSilent?: boolean;
  /** Says this right behind its answer to STARTTLS, before encryption. */
  readonly injected?: string;
}

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly isEncrypted: boolean;
  readonly user: string | null;
}

/** A strict SMTP server: every command in its place, CRLF only, no login without encryption, no mail without the login it asks for. */
export class SmtpReceiver {
  readonly mails: Mail[] = [];
  /** Commands as received, logins without their secrets. */
  readonly commands: string[] = [];
  readonly #rules: SmtpRules;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(rules: SmtpRules) {
    this.#rules = rules;
    this.#server =
      rules.tls === "implicit"
        ? createTlsServer(rules.identity ?? {}, (socket) => {
            this.#talk(socket, true);
          })
        : createServer((socket) => {
            this.#talk(socket, false);
          });
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
    });
    this.#server.on("tlsClientError", () => undefined);
  }

  static async start(rules: SmtpRules, address = "127.0.0.1"): Promise<SmtpReceiver> {
    const receiver = new SmtpReceiver(rules);
    receiver.#server.listen(0, address);
    await once(receiver.#server, "listening");
    return receiver;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #talk(socket: Socket, isEncrypted: boolean, greets = true): void {
    const { rules, state } = {
      rules: this.#rules,
      state: {
        greeted: false,
        user: null as string | null,
        from: null as string | null,
        to: [] as string[],
        data: null as string[] | null,
        login: null as string[] | null,
      },
    };
    socket.on("error", () => undefined);
    if (rules.isSilent) return;
    const say = (line: string) => socket.write(`${line}\r\n`);
    if (greets) say(rules.say?.CONNECT ?? "220-first line\r\n220 test server");
    let text = "";
    const onData = (part: Buffer) => {
      text += part.toString("latin1");
      for (let end = text.indexOf("\r\n"); end !== -1; end = text.indexOf("\r\n")) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        if (line.includes("\n") || line.length > 998) say("500 bare line feed or long line");
        else take(line);
      }
    };
    socket.on("data", onData);
    const needsLogin = () => rules.user !== undefined && state.user === null;
    const check = (user: string, password: string) => {
      if (user !== rules.user || password !== rules.password) return say("535 5.7.8 bad credentials");
      state.user = user;
      return say("235 2.7.0 in");
    };
    const decode = (base64: string) => Buffer.from(base64, "base64").toString();
    const take = (line: string): unknown => {
      if (state.data) {
        if (line !== ".") return state.data.push(line.startsWith(".") ? line.slice(1) : line);
        const { from, to, user, data } = state;
        Object.assign(state, { from: null, to: [], data: null });
        if (rules.say?.["."]) return say(rules.say["."]);
        this.mails.push({ from: from ?? "", to, text: data.join("\r\n"), isEncrypted, user });
        return say("250 2.0.0 taken");
      }
      if (state.login) {
        const [user, password] = [...state.login, decode(line)];
        state.login = password === undefined ? [user] : null;
        return password === undefined ? say("334 UGFzc3dvcmQ6") : check(user, password);
      }
      const [verb = "", ...rest] = line.split(" ");
      this.commands.push(verb === "AUTH" ? `AUTH ${rest[0] ?? ""}` : line);
      const scripted = rules.say?.[verb];
      if (scripted) return say(scripted);
      switch (verb) {
        case "EHLO": {
          state.greeted = true;
          const offers = [
            "PIPELINING",
            ...(rules.tls === "starttls" && !isEncrypted ? ["STARTTLS"] : []),
            ...(rules.auth && isEncrypted ? [`AUTH ${rules.auth.join(" ")}`] : []),
            "8BITMIME",
          ];
          return say(
            ["test", ...offers]
              .map((offer, index, all) => `250${index === all.length - 1 ? " " : "-"}${offer}`)
              .join("\r\n"),
          );
        }
        case "STARTTLS": {
          if (rules.tls !== "starttls" || isEncrypted || !state.greeted) return say("503 not now");
          socket.removeListener("data", onData);
          say(`220 go${rules.injected ? `\r\n${rules.injected}` : ""}`);
          this.#talk(new TLSSocket(socket, { isServer: true, ...rules.identity }), true, false);
          return undefined;
        }
        case "AUTH":
          if (!isEncrypted || !rules.auth?.includes(rest[0] as "PLAIN")) return say("503 not now");
          if (rest[0] === "LOGIN") {
            state.login = [];
            return say("334 VXNlcm5hbWU6");
          }
          return check(decode(rest[1] ?? "").split("\0")[1] ?? "", decode(rest[1] ?? "").split("\0")[2] ?? "");
        case "MAIL":
          if (!state.greeted || needsLogin() || (rules.tls !== "none" && !isEncrypted))
            return say("530 first things first");
          state.from = /^MAIL FROM:<(\S+@\S+)>(?: BODY=8BITMIME)?$/.exec(line)?.[1] ?? null;
          return say(state.from === null ? "501 syntax" : "250 ok");
        case "RCPT": {
          const to = /^RCPT TO:<(\S+@\S+)>$/.exec(line)?.[1];
          if (state.from === null || to === undefined) return say("503 syntax or order");
          if (rules.unknown?.includes(to)) return say(`550 5.1.1 ${to} is unknown`);
          state.to.push(to);
          return say("250 ok");
        }
        case "DATA":
          if (state.to.length === 0) return say("503 no recipient");
          state.data = [];
          return say("354 go on");
        case "QUIT":
          say("221 bye");
          return socket.end();
        default:
          return say("502 unknown");
      }
    };
  }
}
