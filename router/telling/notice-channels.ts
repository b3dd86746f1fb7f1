import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Channel, EmailChannel } from "./notice-config.ts";
import { parseTarget, postJson, refused, type Outcome } from "./notice-http.ts";
import { sendMail } from "./notice-mail.ts";
import { linesOf, type Notice } from "./notice-text.ts";

/** Larger files are not what they should be. */
const maxSecretLength = 65_536;

export interface SendOptions {
  /** Folder of the secret files; they are read at each try, so that a new one is used at once. */
  readonly secretsFolder: string;
  /** For one try, in ms. */
  readonly limitMs: number;
  readonly log: (line: string) => void;
}

/** One try to send one notice to one channel. Never throws, and no problem it names holds a secret. */
export async function send(notice: Notice, channel: Channel, options: SendOptions): Promise<Outcome> {
  try {
    return await sendUnsafely(notice, channel, options);
  } catch (error) {
    if (error instanceof MissingSecret) return refused(error.message, `put it into that file (mode 0400, user 7007)`);
    return refused("got an unexpected error", "report it");
  }
}

async function sendUnsafely(notice: Notice, channel: Channel, options: SendOptions): Promise<Outcome> {
  const { id } = notice;
  const { limitMs, log } = options;
  const secret = (name: string) => readSecret(options.secretsFolder, name);
  switch (channel.name) {
    case "webhook":
    case "slack": {
      const fix = `put the receiver's present address into the secret ${channel.urlFile}`;
      const url = parseTarget(await secret(channel.urlFile));
      if (!url) return refused(`${channel.urlFile}: is no https address`, fix);
      return postJson(url, channel.name === "slack" ? slackMessage(notice) : notice, { id, fix, limitMs });
    }
    case "pagerduty": {
      const fix = `put the integration key (32 characters) of an Events API v2 integration into the secret ${channel.routingKeyFile}`;
      const key = await secret(channel.routingKeyFile);
      const url = parseTarget(channel.url);
      if (!url) return refused("notices.channels.pagerduty.url: is no https address", "leave it out, or correct it");
      if (!/^\w{32}$/.test(key)) return refused(`${channel.routingKeyFile}: is no integration key`, fix);
      return postJson(url, pagerDutyEvent(notice, key), { id, fix, limitMs });
    }
    case "email":
      return sendMail(notice, channel, await mailSecrets(channel, secret), limitMs, log);
  }
}

async function mailSecrets(
  { userFile, passwordFile, caFile }: EmailChannel,
  secret: (name: string) => Promise<string>,
) {
  const login =
    userFile !== null && passwordFile !== null
      ? { user: await secret(userFile), password: await secret(passwordFile) }
      : null;
  return { login, ca: caFile === null ? null : await secret(caFile) };
}

class MissingSecret extends Error {}

async function readSecret(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new MissingSecret(`${path}: can't be read, got ${(error as NodeJS.ErrnoException).code ?? "an error"}`);
  });
  const value = text.trim();
  if (value === "" || value.length > maxSecretLength) throw new MissingSecret(`${path}: is empty or too long`);
  return value;
}

const marks = { info: ":white_check_mark:", warning: ":warning:", critical: ":rotating_light:" } as const;

/** Slack takes 3000 characters a block. */
const maxSlackText = 2900;

/** Slack's markup is started by these three; mentions and links can't be made without them. Nothing escaped is cut in two. */
const escapeSlack = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .slice(0, maxSlackText)
    .replace(/&[a-z]*$/, "");

/** Body for a Slack incoming webhook. */
export function slackMessage(notice: Notice): object {
  const mark = notice.event === "started" ? ":rocket:" : marks[notice.severity];
  const title = `${mark} ${escapeSlack(notice.title)}`;
  const details = escapeSlack(linesOf(notice).join("\n"));
  return {
    text: title,
    blocks: [
      { type: "section", text: { type: "mrkdwn", text: title } },
      { type: "context", elements: [{ type: "mrkdwn", text: details }] },
    ],
  };
}

/**
 * Body for PagerDuty's Events API v2. All rollouts of a service on a stack share one incident: a failure opens it or adds to it, the
 * next success resolves it.
 */
export function pagerDutyEvent(notice: Notice, routingKey: string): object {
  const { service, resolves, title, severity, at, event, environment } = notice;
  // A test must not touch the incident of a real rollout.
  const incident = event === "test" ? `slipway/${service}/test` : `slipway/${service}`;
  const common = { routing_key: routingKey, dedup_key: incident.slice(0, 255) };
  if (resolves) return { ...common, event_action: "resolve" };
  return {
    ...common,
    event_action: "trigger",
    payload: {
      summary: title.slice(0, 1024),
      source: service,
      severity,
      timestamp: at,
      component: "rollout",
      group: environment || "slipway",
      class: event,
      custom_details: Object.fromEntries(
        linesOf(notice).map((line) => {
          const cut = line.indexOf(": ");
          return [line.slice(0, cut), line.slice(cut + 2)] as const;
        }),
      ),
    },
  };
}
