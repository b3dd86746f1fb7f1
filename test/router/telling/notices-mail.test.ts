import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { send } from "../../../router/telling/notice-channels.ts";
import type { EmailChannel } from "../../../router/telling/notice-config.ts";
import { noticeOf } from "../../../router/telling/notice-events.ts";
import { mailOf } from "../../../router/telling/notice-mail.ts";
import { ledgersOf, recordOf } from "../support/records.ts";
import { SmtpReceiver, type SmtpRules } from "../support/smtp-receiver.ts";

const notice = noticeOf(recordOf(ledgersOf("rejected", "ü got 3 errors"), { by: "ålice", backup: [] }), "production");
const login = { user: "slipway@example.com", password: "5ecre7 pass" };

let secrets: string;
let identity: { key: string; cert: string };
beforeAll(async () => {
  secrets = await mkdtemp(join(tmpdir(), "slipway-mail-"));
  const [key, cert] = [join(secrets, "key"), join(secrets, "ca")];
  await promisify(execFile)("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
    ...["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out", cert],
  ]);
  identity = { key: await readFile(key, "utf8"), cert: await readFile(cert, "utf8") };
  await writeFile(join(secrets, "smtp-user"), login.user);
  await writeFile(join(secrets, "smtp-password"), `${login.password}\n`);
  await writeFile(join(secrets, "wrong"), "5ecre7 old");
});
afterAll(async () => {
  await rm(secrets, { recursive: true });
});

let server: SmtpReceiver;
let lines: string[];
beforeEach(() => {
  lines = [];
});
afterEach(async () => {
  await server.stop();
});

/** One try against a server with such rules. */
async function mail(rules: SmtpRules, change: Partial<EmailChannel> = {}, limitMs = 5000) {
  server = await SmtpReceiver.start({ identity, ...rules });
  const channel: EmailChannel = {
    name: "email",
    events: null,
    host: "127.0.0.1",
    port: server.port,
    from: "slipway@example.com",
    to: ["team@example.com", "boss@example.com"],
    tls: rules.tls,
    userFile: rules.user === undefined ? null : "smtp-user",
    passwordFile: rules.user === undefined ? null : "smtp-password",
    caFile: "ca",
    ...change,
  };
  return send(notice, channel, { secretsFolder: secrets, limitMs, log: (line) => lines.push(line) });
}

describe("an e-mail", () => {
  it.each([
    ["STARTTLS and AUTH PLAIN", { tls: "starttls", auth: ["LOGIN", "PLAIN"], ...login }, "AUTH PLAIN"],
    ["STARTTLS and AUTH LOGIN", { tls: "starttls", auth: ["LOGIN"], ...login }, "AUTH LOGIN"],
    ["TLS from the start", { tls: "implicit", auth: ["PLAIN"], ...login }, "AUTH PLAIN"],
    ["STARTTLS without a login", { tls: "starttls" }, "EHLO slipway"],
    ["nothing, in a trusted network", { tls: "none" }, "EHLO slipway"],
  ] as const satisfies [string, SmtpRules, string][])("goes by %s", async (_name, rules, command) => {
    expect(await mail(rules)).toEqual({ is: "sent" });
    expect(server.mails).toHaveLength(1);
    expect(server.mails[0]).toMatchObject({
      from: "slipway@example.com",
      to: ["team@example.com", "boss@example.com"],
      isEncrypted: rules.tls !== "none",
      user: "user" in rules ? login.user : null,
    });
    expect(server.commands).toContain(command);
  });

  it("is plain text in UTF-8 that every mail program shows, with the same id at every try", async () => {
    await mail({ tls: "none" });
    const [head = "", body = ""] = (server.mails[0]?.text ?? "").split("\r\n\r\n");
    const headers = new Map(
      head
        .replaceAll("\r\n ", " ")
        .split("\r\n")
        .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
    );
    const subject = (headers.get("Subject") ?? "").replace(/=\?utf-8\?B\?([^?]+)\?= ?/g, (_, word: string) =>
      Buffer.from(word, "base64").toString(),
    );
    expect(subject).toBe(`[critical] ${notice.title}`);
    expect(Object.fromEntries(headers)).toMatchObject({
      From: "Slipway <slipway@example.com>",
      To: "team@example.com, boss@example.com",
      Date: "Thu, 01 Jan 2026 12:00:05 +0000",
      "Message-ID": "<ape-production.2.rolled-back.1767268805000@example.com>",
      "Content-Type": "text/plain; charset=utf-8",
    });
    expect(Buffer.from(body, "base64").toString()).toContain("\nby: ålice\nreason: ü got 3 errors\n");
    expect(mailOf(notice, { from: "slipway@example.com", to: ["team@example.com", "boss@example.com"] })).toBe(
      server.mails[0]?.text,
    );
  });

  it("goes to those whom the server knows; the others are named", async () => {
    expect(await mail({ tls: "none", unknown: ["boss@example.com"] })).toEqual({ is: "sent" });
    expect(server.mails[0]?.to).toEqual(["team@example.com"]);
    expect(lines).toEqual(["notices: 127.0.0.1 refuses boss@example.com. Fix: correct notices.channels.email.to"]);
  });
});

describe("a mail server", () => {
  it.each([
    ["is busy", { tls: "none", say: { CONNECT: "421 4.3.2 too busy" } }, "later", "got 421 to the connection"],
    ["has no space", { tls: "none", say: { MAIL: "452 4.3.1 full" } }, "later", "got 452 to the sender"],
    ["greylists", { tls: "none", say: { RCPT: "450 4.2.0 later" } }, "later", "got 450 to a recipient"],
    ["takes no such mail", { tls: "none", say: { ".": "554 5.7.1 spam" } }, "refused", "got 554 to the message"],
    ["relays for nobody", { tls: "none", say: { RCPT: "550 5.7.1 relay" } }, "refused", "got 550 to a recipient"],
    ["never says a word", { tls: "none", isSilent: true }, "later", "got ETIMEDOUT"],
    ["stops in the middle", { tls: "none", say: { DATA: "354-" } }, "later", "got ETIMEDOUT"],
    ["talks without an end", { tls: "none", say: { EHLO: `250-${"x".repeat(20_000)}` } }, "later", "got EMSGSIZE"],
  ] as const satisfies [string, SmtpRules, string, string][])("that %s", async (_name, rules, is, problem) => {
    expect(await mail(rules, {}, 300)).toMatchObject({ is, problem });
    expect(server.mails).toEqual([]);
  });

  it("that is away", async () => {
    expect(await mail({ tls: "none" }, { port: 1 })).toMatchObject({
      is: "later",
      problem: "got ECONNREFUSED",
      fix: "check that the host may reach 127.0.0.1:1 (name, firewall, certificate)",
    });
  });

  it("that knows another password: the secrets to mend are named, not shown, and it is not asked again", async () => {
    const outcome = await mail({ tls: "starttls", auth: ["PLAIN"], ...login }, { passwordFile: "wrong" });
    expect(outcome).toEqual({
      is: "refused",
      problem: "got 535 to AUTH",
      fix: "correct the secrets smtp-user and wrong",
    });
  });
});

describe("a password", () => {
  it("is not sent to a server whose certificate is not trusted", async () => {
    const outcome = await mail({ tls: "starttls", auth: ["PLAIN"], ...login }, { caFile: null });
    expect(outcome).toMatchObject({ is: "later", problem: "got DEPTH_ZERO_SELF_SIGNED_CERT" });
    expect(server.commands).toEqual(["EHLO slipway", "STARTTLS"]);
  });

  it("is not sent to a server with another name in its certificate", async () => {
    const outcome = await mail({ tls: "implicit", auth: ["PLAIN"], ...login }, { host: "127.0.0.2" });
    expect(outcome.is).toBe("later");
    expect(server.commands).toEqual([]);
  });

  it("is not sent when encryption is not offered, nor is the message", async () => {
    const outcome = await mail(
      { tls: "none" },
      { tls: "starttls", userFile: "smtp-user", passwordFile: "smtp-password" },
    );
    expect(outcome).toMatchObject({ is: "refused", problem: "the server offers no STARTTLS" });
    expect(server.commands).toEqual(["EHLO slipway"]);
  });

  it("is not sent after words that were slipped in before the encryption", async () => {
    const outcome = await mail({ tls: "starttls", auth: ["PLAIN"], ...login, injected: "250 AUTH PLAIN" });
    expect(outcome).toMatchObject({ is: "later", problem: "got EPROTO" });
    expect(server.commands).toEqual(["EHLO slipway", "STARTTLS"]);
  });

  it("is not sent if there is no common way", async () => {
    const outcome = await mail({ tls: "implicit", auth: [], ...login });
    expect(outcome).toMatchObject({ is: "refused", problem: "the server offers neither AUTH PLAIN nor LOGIN" });
  });
});
