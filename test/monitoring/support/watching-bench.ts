import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { watcherCommands, watcherData, watcherFiles, filesFolder } from "../../../monitoring/on-host.ts";
import { targetFile } from "../../../monitoring/targets.ts";
import { tag } from "../../../toolchain/stock-images.ts";
import { checkBeat, checkSlackAttachments, HttpReceiver, PagerDuty } from "../../router/support/http-receiver.ts";
import { SmtpReceiver } from "../../router/support/smtp-receiver.ts";
import { removeEverything } from "../../support/on-host.ts";
import { own } from "../../support/run/id.ts";
import { leaseSubnet } from "../../support/run/lease.ts";
import { settingsOf } from "../../support/settings-of.ts";
import { WatchedHost } from "./watched-host.ts";

const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
const routingKey = "0123456789abcdef0123456789abcdef";
const data = ["prometheus", "alertmanager"] as const;
type Watcher = (typeof data)[number];

/** What the files say takes minutes. An alert is over for Alertmanager after four times the resend delay, so sooner than one has to hold. */
const hurried = (text: string) =>
  text
    .replaceAll(/_interval: 15s/g, "_interval: 1s")
    .replaceAll(/for: \d+s/g, "for: 28s")
    .replace("group_wait: 10s", "group_wait: 1s")
    .replace("group_interval: 1m", "group_interval: 2s")
    .replace(/group_interval: 20s\n( +)repeat_interval: 1m/, "group_interval: 1s\n$1repeat_interval: 1s");
// Four times this is how long a busy machine may take to start Prometheus again.
const resend = "--rules.alert.resend-delay=6s";

/** The real Prometheus and Alertmanager with the files and words that a stack gives them, and strict receivers of what they tell. */
export class WatchingBench {
  readonly host = new WatchedHost();
  readonly pager = new PagerDuty(routingKey);
  readonly duty = new HttpReceiver("/v2/enqueue", this.pager.check, [202, '{"status":"success"}']);
  readonly slack = new HttpReceiver("/services/T0/B0/planted", checkSlackAttachments);
  /** Somebody elsewhere who misses the watchdog. */
  readonly beats = new HttpReceiver("/beats/planted", checkBeat);
  #mail: SmtpReceiver | undefined;
  #subnet = "";
  readonly #name = own("watching");
  readonly #folder = mkdtempSync(join(tmpdir(), "slipway-watching-"));

  async start(): Promise<void> {
    this.#subnet = await leaseSubnet();
    const gateway = `${this.#subnet}.1`;
    this.#mail = await SmtpReceiver.start({ tls: "none" }, "0.0.0.0");
    await Promise.all([this.duty, this.slack, this.beats].map((receiver) => receiver.listen("0.0.0.0")));
    const port = await this.host.listen();
    const label = `slipway.stack=${this.#name}`;
    docker("network", "create", "--label", label, "--subnet", `${this.#subnet}.0/24`, this.#name);

    const email = { host: gateway, port: this.#mail.port, from: "a@example.com", to: ["b@example.com"], tls: "none" };
    const watched = { kind: "host", service: { port: 8001, path: "/service" }, watchdog: true };
    const notices = { pagerduty: {}, slack: {}, email: { ...email, login: false } };
    const secrets = {
      "pagerduty-routing-key": routingKey,
      "slack-url": this.slack.urlAt(gateway),
      "watchdog-url": this.beats.urlAt(gateway),
    };
    const given = { service: "api", subnet: `${this.#subnet}.0/24`, monitoring: watched, notices };
    const settings = settingsOf(given, { noticeSecrets: Object.keys(secrets) });
    const { monitoring } = settings;
    if (monitoring?.kind !== "host") throw new Error("no kind host");
    // The settings take only https.
    const pagerduty = { url: this.duty.urlAt(gateway) };
    const stack = { ...settings, notices: { ...settings.notices, pagerduty } };
    const { configuration, keys } = watcherFiles("production", stack, secrets);
    const address = `${gateway}:${String(port)}`;
    const targets = targetFile({ service: "api", environment: "production" }, [
      { address, part: "controller", host: "host" },
      { address, part: "host", host: "host" },
    ]).replace('"part": "controller"', '"part": "controller", "__metrics_path__": "/controller"');
    chmodSync(this.#folder, 0o755);
    for (const [name, text] of Object.entries({ ...configuration, ...keys, "targets.json": targets }))
      writeFileSync(join(this.#folder, name), hurried(text).replace(`${this.#subnet}.16:8001`, address));

    const commands = watcherCommands(monitoring);
    const words = { prometheus: [...commands.prometheus, resend], alertmanager: commands.alertmanager };
    const hosts = { prometheus: 8, alertmanager: 9 };
    for (const part of data) {
      const volume = `${this.#name}-${part}`;
      docker("volume", "create", "--label", label, volume);
      const mounts = ["--volume", `${volume}:${watcherData[part]}`, "--volume", `${this.#folder}:${filesFolder}:ro`];
      const where = ["--network", this.#name, "--ip", `${this.#subnet}.${String(hosts[part])}`];
      const named = ["--name", `${this.#name}-${part}`, "--label", label, "--user", "65534:65534", "--read-only"];
      docker("run", "--detach", ...named, ...where, ...mounts, tag(part), ...words[part]);
    }
  }

  /** As a power cut would. */
  kill(...parts: readonly Watcher[]): void {
    docker("kill", "--signal", "KILL", ...parts.map((part) => `${this.#name}-${part}`));
  }

  revive(...parts: readonly Watcher[]): void {
    docker("start", ...parts.map((part) => `${this.#name}-${part}`));
  }

  /** @returns what it answers; nothing if it does not */
  async ask(part: Watcher, path: string): Promise<string> {
    const [last, port] = part === "prometheus" ? [8, 9090] : [9, 9093];
    const answer = await fetch(`http://${this.#subnet}.${String(last)}:${String(port)}${path}`).catch(() => null);
    return (await answer?.text().catch(() => "")) ?? "";
  }

  /** How often Alertmanager has written down whom it has told. */
  async writings(): Promise<number> {
    const metrics = await this.ask("alertmanager", "/metrics");
    return Number(/^alertmanager_nflog_snapshot_duration_seconds_count (\d+)/m.exec(metrics)?.[1] ?? Number.NaN);
  }

  /** All that anybody was told, in alphabetical order: `fires Errors` and `ends Errors`, without what all names begin with. */
  get told() {
    const said = (text: string, isOver: boolean) =>
      `${isOver ? "ends" : "fires"} ${/Slipway(\w+)/.exec(text)?.[1] ?? text}`;
    const attachments = this.slack.taken.flatMap(({ body }) => body.attachments as { title: string }[]);
    return {
      pagerduty: this.duty.taken
        .map(({ body }) => said((body.payload as { summary: string }).summary, body.event_action === "resolve"))
        .sort(),
      slack: attachments.map(({ title }) => said(title, title.endsWith("(over)"))).sort(),
      mail: (this.#mail?.mails ?? [])
        .map(({ text }) => /^Subject: (.*(?:\r\n .*)*)/m.exec(text)?.[1] ?? text)
        .map((subject) => said(subject, subject.includes("RESOLVED")))
        .sort(),
    };
  }

  async stop(): Promise<void> {
    removeEverything(this.#name);
    await Promise.all([this.host.goAway(), this.duty.stop(), this.slack.stop(), this.beats.stop(), this.#mail?.stop()]);
    rmSync(this.#folder, { recursive: true });
  }
}
