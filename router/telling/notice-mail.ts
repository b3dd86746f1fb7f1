import { causeOf, later, refused, type Outcome } from "./notice-http.ts";
import type { EmailChannel } from "./notice-config.ts";
import { deliver, SmtpRefusal, type Delivery } from "./notice-smtp.ts";
import { linesOf, type Notice } from "./notice-text.ts";

/** The e-mail of a notice: plain text in UTF-8, lines ended by CRLF. Its Message-ID is the same at every try. */
export function mailOf(notice: Notice, { from, to }: Pick<EmailChannel, "from" | "to">): string {
  const domain = from.slice(from.lastIndexOf("@") + 1);
  const body = Buffer.from(`${notice.title}\n\n${linesOf(notice).join("\n")}\n`).toString("base64");
  return [
    `From: Slipway <${from}>`,
    `To: ${to.join(",\r\n ")}`,
    `Subject: ${subject(`[${notice.severity}] ${notice.title}`)}`,
    `Date: ${new Date(notice.at).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${notice.id.replaceAll("/", ".")}.${Date.parse(notice.at)}@${domain}>`,
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: base64",
    "",
    ...(body.match(/.{1,76}/g) ?? []),
  ].join("\r\n");
}

/** Encoded words of at most 75 characters; a character is never cut in two. */
function subject(text: string): string {
  const words: string[] = [];
  let word = "";
  for (const character of text.slice(0, 250)) {
    if (Buffer.byteLength(word + character) > 42) {
      words.push(word);
      word = "";
    }
    word += character;
  }
  return [...words, word].map((part) => `=?utf-8?B?${Buffer.from(part).toString("base64")}?=`).join("\r\n ");
}

/** Sends the e-mail, once. @param log is told of recipients that the server refuses while it takes others */
export async function sendMail(
  notice: Notice,
  channel: EmailChannel,
  secrets: Pick<Delivery, "login" | "ca">,
  limitMs: number,
  log: (line: string) => void,
): Promise<Outcome> {
  const { host, port, tls, from, to } = channel;
  try {
    const lost = await deliver({ host, port, tls, ...secrets, from, to, message: mailOf(notice, channel), limitMs });
    if (lost.length > 0) log(`notices: ${host} refuses ${lost.join(", ")}. Fix: correct notices.channels.email.to`);
    return { is: "sent" };
  } catch (error) {
    if (error instanceof SmtpRefusal) return afterRefusal(error, channel);
    const cause = causeOf(error, limitMs);
    if (cause === "ENOSTARTTLS")
      return refused("the server offers no STARTTLS", "set notices.channels.email.tls to what it offers");
    if (cause === "ENOAUTH")
      return refused("the server offers neither AUTH PLAIN nor LOGIN", "leave userFile out, or use another server");
    return later(`got ${cause}`, `check that the host may reach ${host}:${port} (name, firewall, certificate)`);
  }
}

function afterRefusal({ code, stage, message }: SmtpRefusal, { userFile, passwordFile }: EmailChannel): Outcome {
  // 421 and 4xx pass; so may the code of a server that is only busy.
  if (code >= 400 && code < 500)
    return later(message, "nothing, if it passes; the mail server has a problem or too much to do");
  if (stage === "AUTH") return refused(message, `correct the secrets ${userFile ?? ""} and ${passwordFile ?? ""}`);
  return refused(message, "correct notices.channels.email (from, to), or let the mail server relay for this host");
}
