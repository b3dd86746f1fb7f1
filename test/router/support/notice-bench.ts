import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Field } from "../../../router/field.ts";
import { parseNotices } from "../../../router/telling/notice-config.ts";
import { Notices, type Patience } from "../../../router/telling/notices.ts";
import type { RolloutRecord } from "../../../router/telling/record.ts";
import { until } from "./until.ts";
import { checkSlack, HttpReceiver, PagerDuty } from "./http-receiver.ts";
import { ledgersOf, recordOf } from "./records.ts";
import { config } from "./samples.ts";

const routingKey = "5ecre7aaaaaaaaaaaaaaaaaaaaaaaaaa";
export const quick: Patience = { firstPauseMs: 2, longestPauseMs: 10, maxTries: 5, maxAgeMs: 60_000, limitMs: 10_000 };
/** For receivers that never answer. */
export const short = { limitMs: 300 };

/** Record of a rollout that has ended, or has just begun. */
export const ended = (end: "promoted" | "rejected", rollout = 2, reason = "it broke"): RolloutRecord =>
  recordOf(ledgersOf(end, reason, rollout));
export const started = (rollout = 2): RolloutRecord => {
  const record = recordOf(ledgersOf("promoted", "", rollout).slice(0, 1));
  // Just now: the notices look by themselves for rollouts that are stuck.
  const at = new Date().toISOString();
  return { ...record, steps: record.steps.map((step) => ({ ...step, at })) };
};

/** Receivers for all HTTP channels, with secrets in files, each with `5ecre7` in it. */
export class NoticeBench {
  readonly state: string;
  readonly pager = new PagerDuty(routingKey);
  /** What was logged. */
  readonly lines: string[] = [];
  readonly slack: HttpReceiver;
  readonly hook: HttpReceiver;
  readonly duty: HttpReceiver;
  readonly #open: Notices[] = [];

  private constructor(state: string, slack: HttpReceiver, hook: HttpReceiver) {
    this.state = state;
    this.slack = slack;
    this.hook = hook;
    this.duty = new HttpReceiver("/v2/enqueue", this.pager.check, [202, '{"status":"success"}']);
  }

  static async start(): Promise<NoticeBench> {
    const bench = new NoticeBench(
      await mkdtemp(join(tmpdir(), "slipway-notices-")),
      new HttpReceiver("/services/T0/B0/5ecre7Slack", checkSlack),
      new HttpReceiver("/hook?token=5ecre7Hook", (body) => (body.schema === 1 ? null : "schema"), [204, ""]),
    );
    await Promise.all([bench.slack, bench.hook, bench.duty].map((receiver) => receiver.listen()));
    await mkdir(bench.secrets);
    await bench.secret("slack-url", `${bench.slack.url}\n`);
    await bench.secret("webhook-url", bench.hook.url);
    await bench.secret("pagerduty-routing-key", routingKey);
    return bench;
  }

  async stop(): Promise<void> {
    for (const notices of this.#open) notices.close();
    await Promise.all([this.slack, this.hook, this.duty].map((receiver) => receiver.stop()));
    // Something may just be written.
    await rm(this.state, { recursive: true, maxRetries: 5, retryDelay: 20 });
  }

  get secrets(): string {
    return join(this.state, "secrets");
  }

  async secret(name: string, value: string): Promise<void> {
    await writeFile(join(this.secrets, name), value);
  }

  /** All HTTP channels. */
  get all(): object {
    return { slack: {}, webhook: {}, pagerduty: { url: this.duty.url } };
  }

  /** The notices of a production host, as after a start of the controller. */
  async open(
    channels: object,
    known: RolloutRecord | null = null,
    { stateFolder = this.state, ...patience }: Partial<Patience> & { readonly stateFolder?: string } = {},
  ): Promise<Notices> {
    const notices = await Notices.open(
      {
        notices: parseNotices(new Field("notices", { environment: "production", channels })),
        config,
        stateFolder,
        secretsFolder: this.secrets,
        log: (line) => this.lines.push(line),
        patience: { ...quick, ...patience },
      },
      known,
    );
    this.#open.push(notices);
    return notices;
  }

  /** Until nothing is on its way any more. */
  async idle(): Promise<void> {
    await until("an empty outbox", () => this.#open.at(-1)?.waiting === 0);
  }

  get outboxPath(): string {
    return join(this.state, "notices.json");
  }

  async outbox(): Promise<{ readonly waiting: readonly { readonly tries: number }[] }> {
    return JSON.parse(await readFile(this.outboxPath, "utf8")) as { waiting: { tries: number }[] };
  }
}
