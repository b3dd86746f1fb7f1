import { InvalidInput, type Field } from "../field.ts";

export const noticeEvents = ["started", "promoted", "rolled-back", "stuck", "by-hand"] as const;
export type NoticeEvent = (typeof noticeEvents)[number];

interface Common {
  /** Sent whatever their severity. @default null: by severity, see `isRouted` */
  readonly events: readonly NoticeEvent[] | null;
}

/** JSON by POST. */
export interface WebhookChannel extends Common {
  readonly name: "webhook";
  /** Secret: the address. @default `webhook-url` */
  readonly urlFile: string;
}

/** Slack's incoming webhook, or whatever understands the same. */
export interface SlackChannel extends Common {
  readonly name: "slack";
  /** Secret: the address. @default `slack-url` */
  readonly urlFile: string;
}

export interface EmailChannel extends Common {
  readonly name: "email";
  readonly host: string;
  /** @default 587 for starttls, 465 for implicit, 25 for none */
  readonly port: number;
  readonly from: string;
  /** At most 20 addresses. */
  readonly to: readonly string[];
  /** `none` allows no user. @default "starttls" */
  readonly tls: (typeof tlsKinds)[number];
  /** Secrets: both or neither. @default null, no login */
  readonly userFile: string | null;
  readonly passwordFile: string | null;
  /** Certificates (PEM) to trust instead of the well-known ones. For tests with a server of their own; no stack sets it. @default null */
  readonly caFile: string | null;
}

/** Where accounts in the US send events; those in the EU have another address. */
export const pagerDutyUrl = "https://events.pagerduty.com/v2/enqueue";

/** PagerDuty Events v2. */
export interface PagerDutyChannel extends Common {
  readonly name: "pagerduty";
  /** Secret: the integration key, 32 characters. @default `pagerduty-routing-key` */
  readonly routingKeyFile: string;
  /** @default {@link pagerDutyUrl} */
  readonly url: string;
}

export type Channel = WebhookChannel | SlackChannel | EmailChannel | PagerDutyChannel;

/** The key `notices` of `controller.json`. Nothing in it is secret: it only names files in the folder of the secrets. */
export interface NoticesConfig {
  /** `production` makes failures critical. @default "" */
  readonly environment: string;
  /** How long a rollout may stay without progress beyond what its phase allows. @default 120 */
  readonly stuckAfterSeconds: number;
  readonly channels: readonly Channel[];
}

/** What the program writes; the controller fills in what is missing. */
interface ChannelJson {
  readonly events?: readonly NoticeEvent[] | undefined;
}

/** The key `notices` of `controller.json` as the program writes it. */
export interface NoticesJson extends Pick<NoticesConfig, "environment" | "stuckAfterSeconds"> {
  readonly channels: {
    readonly webhook?: ChannelJson | undefined;
    readonly slack?: ChannelJson | undefined;
    readonly pagerduty?: (ChannelJson & Pick<PagerDutyChannel, "url">) | undefined;
    readonly email?:
      | (ChannelJson &
          Pick<EmailChannel, "host" | "from" | "to" | "tls"> & {
            readonly port?: number | undefined;
            readonly userFile?: string;
            readonly passwordFile?: string;
          })
      | undefined;
  };
}

export const tlsKinds = ["starttls", "implicit", "none"] as const;
/** Where a mail server listens unless it is said. */
export const mailPorts = { starttls: 587, implicit: 465, none: 25 } as const;
const address = /^[^\s<>@,;:"()[\]\\]{1,64}@[\w.-]{1,255}$/;
const fileName = /^[a-z0-9][\w.-]{0,99}$/;

/** @throws InvalidInput naming the first wrong field */
export function parseNotices(root: Field): NoticesConfig {
  const channels = root.get("channels");
  const file = (field: Field, fallback: string) => field.optional((f) => f.text(fileName)) ?? fallback;
  const events = (field: Field) =>
    field.get("events").optional((list) => list.list((item) => item.oneOf(noticeEvents)));
  const found: (Channel | null)[] = [
    channels.get("webhook").optional((field) => ({
      name: "webhook",
      events: events(field),
      urlFile: file(field.get("urlFile"), "webhook-url"),
    })),
    channels.get("slack").optional((field) => ({
      name: "slack",
      events: events(field),
      urlFile: file(field.get("urlFile"), "slack-url"),
    })),
    channels.get("email").optional((field) => parseEmail(field, events(field))),
    channels.get("pagerduty").optional((field) => ({
      name: "pagerduty",
      events: events(field),
      routingKeyFile: file(field.get("routingKeyFile"), "pagerduty-routing-key"),
      url: field.get("url").optional((f) => f.text(/^https?:\/\/\S{1,500}$/)) ?? pagerDutyUrl,
    })),
  ];
  return {
    environment: root.get("environment").optional((field) => field.text(/^[\w.-]{0,64}$/)) ?? "",
    stuckAfterSeconds: root.get("stuckAfterSeconds").optional((field) => field.number(1, 86_400)) ?? 120,
    channels: found.filter((channel) => channel !== null),
  };
}

function parseEmail(field: Field, events: EmailChannel["events"]): EmailChannel {
  const secret = (key: string) => field.get(key).optional((f) => f.text(fileName));
  const tls = field.get("tls").optional((f) => f.oneOf(tlsKinds)) ?? "starttls";
  const [userFile, passwordFile] = [secret("userFile"), secret("passwordFile")];
  if ((userFile === null) !== (passwordFile === null)) {
    throw new InvalidInput(
      `${field.path}: got one of userFile and passwordFile; allowed both or neither. Fix: name the other one too`,
    );
  }
  if (tls === "none" && userFile !== null) {
    throw new InvalidInput(
      `${field.path}.tls: got none with a user; allowed starttls, implicit. Fix: encrypt, a password would be readable on its way`,
    );
  }
  const to = field.get("to").list((item) => item.text(address));
  if (to.length < 1 || to.length > 20)
    throw new InvalidInput(`${field.path}.to: got ${to.length} addresses; allowed 1 to 20. Fix: use a mailing list`);
  return {
    name: "email",
    events,
    host: field.get("host").text(/^[\w.:-]{1,255}$/),
    port: field.get("port").optional((f) => f.integer(1, 65535)) ?? mailPorts[tls],
    from: field.get("from").text(address),
    to,
    tls,
    userFile,
    passwordFile,
    caFile: secret("caFile"),
  };
}
