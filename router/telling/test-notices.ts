import type { Hand } from "../ledger.ts";
import { send } from "./notice-channels.ts";
import type { NoticesConfig } from "./notice-config.ts";
import type { Outcome } from "./notice-http.ts";
import { plain, titleOf, type Notice } from "./notice-text.ts";

/** For one try; whoever asks waits for the answer. */
const limitMs = 4_000;

export interface TestNoticesOptions {
  /** null: nobody is told. */
  readonly notices: NoticesConfig | null;
  readonly service: string;
  readonly secretsFolder: string;
  readonly log: (line: string) => void;
}

/**
 * Tells every channel that this is a test, once and past the queues, and says what each receiver answered. PagerDuty's incident is a test's
 * own, and resolved at once. Never throws.
 */
export async function sendTestNotices(
  { notices, service, secretsFolder, log }: TestNoticesOptions,
  { by, at }: Hand,
): Promise<Readonly<Record<string, Outcome>>> {
  const { channels = [], environment = "" } = notices ?? {};
  const options = { secretsFolder, log, limitMs };
  const outcomes = await Promise.all(
    channels.map(async (channel) => {
      const tell = (resolves: boolean) =>
        send(testNotice({ service, environment, by, at, resolves }), channel, options);
      const told = await tell(false);
      const outcome = channel.name === "pagerduty" && told.is === "sent" ? await tell(true) : told;
      return [channel.name, outcome] as const;
    }),
  );
  return Object.fromEntries(outcomes);
}

function testNotice({ by, at, ...rest }: Pick<Notice, "service" | "environment" | "at" | "resolves" | "by">): Notice {
  const nothing = {
    rollout: 0,
    kind: "release",
    slot: "blue",
    from: null,
    to: { id: "none", version: "none" },
  } as const;
  const notice = {
    schema: 1,
    id: `${rest.service}/test/${at}`,
    event: "test",
    severity: "info",
    verdict: null,
    command: null,
    source: null,
    reason: null,
    by: by === null ? null : plain(by),
    at,
    ...nothing,
    ...rest,
  } as const;
  return { ...notice, title: titleOf(notice), fix: null };
}
