// Where notices arrive: a web hook as Slack and PagerDuty have it, and a mail server that takes only TLS and one password.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { makeCertificate } from "./certificates.ts";

export interface Notices {
  /** Addresses, and the file that makes curl trust the mail server. */
  readonly hook: string;
  readonly smtp: string;
  readonly authority: string;
  readonly user: string;
  readonly password: string;
  /** What arrived: bodies as JSON, mails with their heads. */
  readonly posted: { readonly path: string; readonly body: unknown }[];
  readonly mails: string[];
  stop(): Promise<void>;
}

export async function startNotices(): Promise<Notices> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-notices-"));
  const [user, password] = ["mailer", "planted-mail-password"];
  const posted: { path: string; body: unknown }[] = [];
  const mails: string[] = [];
  const hook = createServer((request, response) => {
    let text = "";
    request.on("data", (part: Buffer) => (text += part.toString()));
    request.on("end", () => {
      posted.push({ path: request.url ?? "", body: JSON.parse(text) });
      response.end("ok");
    });
  });
  const { certificate, key } = makeCertificate({ names: ["localhost"] });
  const authority = join(folder, "authority.pem");
  writeFileSync(authority, certificate);
  const login = Buffer.from(`\0${user}\0${password}`).toString("base64");
  const smtp = createTlsServer({ cert: certificate, key }, (socket) => {
    serveMail(socket, login, mails);
  });
  await Promise.all(
    [hook, smtp].map((server) => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
  );
  const portOf = (server: typeof hook | typeof smtp) => (server.address() as AddressInfo).port;
  return {
    hook: `http://127.0.0.1:${portOf(hook)}/planted-hook`,
    smtp: `smtps://localhost:${portOf(smtp)}`,
    authority,
    user,
    password,
    posted,
    mails,
    stop: async () => {
      await Promise.all([hook, smtp].map((server) => new Promise((resolve) => server.close(resolve))));
      rmSync(folder, { recursive: true });
    },
  };
}

/** As much of SMTP as curl speaks. */
function serveMail(socket: TLSSocket, login: string, mails: string[]): void {
  const say = (line: string) => socket.write(`${line}\r\n`);
  let mail: string[] | undefined;
  let allowed = false;
  say("220 test");
  createInterface({ input: socket }).on("line", (line) => {
    if (mail !== undefined) {
      if (line !== ".") return mail.push(line);
      mails.push(mail.join("\n"));
      mail = undefined;
      return say("250 taken");
    }
    const [verb = "", ...rest] = line.split(" ");
    switch (verb.toUpperCase()) {
      case "EHLO":
        return socket.write("250-test\r\n250 AUTH PLAIN\r\n");
      case "AUTH":
        if (rest.length < 2) return say("334 ");
        allowed = rest[1] === login;
        return say(allowed ? "235 come in" : "535 no");
      case "DATA":
        if (!allowed) return say("530 log in first");
        mail = [];
        return say("354 go on");
      case "QUIT":
        say("221 bye");
        return socket.end();
      default:
        if (line === login) {
          allowed = true;
          return say("235 come in");
        }
        return say(verb.toUpperCase() === "MAIL" || verb.toUpperCase() === "RCPT" ? "250 yes" : "535 no");
    }
  });
  socket.on("error", () => undefined);
}
