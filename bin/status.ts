import { newestBackups } from "../lib/databases/newest-backups.ts";
import { askingScript } from "../monitoring/ask-prometheus.ts";
import { alertsPath, firingAlerts, type FoundAlerts } from "../monitoring/firing-alerts.ts";
import { watcherAddress } from "../monitoring/on-host.ts";
import type { Status } from "../router/telling/report.ts";
import { changedByHand } from "./changed-by-hand.ts";
import { define, type CommonOptions } from "./command.ts";
import { askInJson, askOne, errorsOf } from "./controller.ts";
import { exitCodes, Failure, type ExitCode } from "./exit-codes.ts";
import { showFront } from "./front-status.ts";
import { findHosts, type StackHost } from "./hosts.ts";
import { printJson } from "./print.ts";
import { redraw } from "./redraw.ts";
import { fitted, screenLines, type HostStatus } from "./status-screen.ts";

interface StatusOptions extends CommonOptions {
  readonly watch?: true;
}

/** Longest that Prometheus may take: one that is paused never answers, and a person waits for the screen. */
const alertsMs = 5_000;
/** Longest that asking it may take with the way there, in seconds. */
const askingSeconds = 20;
/** From one look to the next, in ms. */
const everyMs = 2_000;

export const status = () =>
  define(
    "status",
    "One screen: what each slot holds, where traffic goes, the running rollout, alerts, certificate, backups, changes by hand",
  )
    .option("--watch", "Look again every 2 s and redraw, until Ctrl-C; needs a terminal")
    .action(look);

type Found = Awaited<ReturnType<typeof findHosts>>;
type Say = (host: StackHost, line: string) => void;

async function look(options: StatusOptions): Promise<void> {
  if (options.watch) refuseToWatch(options);
  const found = await findHosts(options, { changes: false, isForFronts: true });
  const [front] = found.isFront ? found.hosts : [];
  if (front) return showFront(front, options);
  if (options.watch) return watch(found);
  const errors = new Map(found.hosts.map((host) => [host, errorsOf(found.hosts, host)]));
  const { code, screen, json } = await lookAtAll(found, (host, line) => errors.get(host)?.(line));
  if (options.json) printJson(json);
  else {
    const { isTTY, columns } = process.stdout;
    const lines = screenLines(screen);
    process.stdout.write(`${(isTTY ? fitted(lines, columns) : lines).join("\n")}\n`);
  }
  process.exitCode = code;
}

/** @throws Failure */
function refuseToWatch({ json }: StatusOptions): void {
  if (!json && process.stdout.isTTY) return;
  throw new Failure(
    `status: --watch redraws a terminal, got ${json ? "--json" : "standard output that is none"}. Fix: leave --watch out, and ask again when you want to know`,
    exitCodes.usage,
  );
}

async function watch(found: Found): Promise<void> {
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => {
      ended.abort();
    });
  const draw = async (columns: number) => {
    const { screen } = await lookAtAll(found, () => undefined);
    return fitted(screenLines(screen), columns);
  };
  await redraw(process.stdout, draw, { everyMs, ended: ended.signal });
}

/** Asks everybody side by side: who can't be reached holds up no other. @param say what went wrong, as it is found */
async function lookAtAll(found: Found, say: Say) {
  const { hosts, service } = found;
  const [each, alerts] = await Promise.all([Promise.all(hosts.map((host) => lookAtHost(host, say))), alertsOf(found)]);
  const stack = hosts[0]?.stack ?? "";
  const answers = each.map(({ json }, index) => [hosts[index]?.name ?? "", { ...json, alerts }] as const);
  return {
    code: each.find(({ code }) => code !== exitCodes.done)?.code ?? exitCodes.done,
    screen: { stack, service, now: Date.now(), hosts: each.map(({ status: seen }) => seen), alerts },
    json: answers.length > 1 ? Object.fromEntries(answers) : answers[0]?.[1],
  };
}

async function lookAtHost(host: StackHost, say: Say): Promise<{ code: ExitCode; status: HostStatus; json: object }> {
  const { declared } = host;
  const problems: string[] = [];
  const ask = askOne(host, ["status", "--json"], (line) => {
    problems.push(line);
    say(host, line);
  });
  const [{ code, result }, changed, backups] = await Promise.all([
    ask,
    changedByHand(host),
    declared && (host.backups?.parts ?? []).length > 0 ? newestBackups(host.connection, declared.backups) : null,
  ]);
  const why = declared ? "the host can't be asked" : "the stack's settings say not what is there";
  return {
    code,
    status: {
      name: host.name,
      address: host.connection.name,
      controller: code === exitCodes.done ? (result as Status) : { problem: problems.join("; ") },
      backups: declared ? backups : { problem: why },
      isCopied: host.backups?.copies !== undefined,
      changed: changed ?? { problem: why },
    },
    json: { ...(result as object), changed: changed ?? null, backups },
  };
}

async function alertsOf({ hosts, monitoring, service }: Found): Promise<FoundAlerts | null> {
  const [first] = hosts;
  if (first === undefined) return null;
  const { declared } = first;
  if (!declared) return { problem: "the stack's settings say not who watches it" };
  if (monitoring === undefined) return null;
  if (monitoring.kind === "existing")
    return { problem: "another Prometheus watches this stack, and Slipway does not know where: look there" };
  return askOwn(first, declared.names, service);
}

/** Only the host reaches the stack's own Prometheus. */
async function askOwn(
  host: StackHost,
  names: Parameters<typeof watcherAddress>[0],
  service: string,
): Promise<FoundAlerts> {
  const text = askingScript(host.controller, `http://${watcherAddress(names, "prometheus")}`, [alertsPath], alertsMs);
  const { code, result } = await askInJson(host, { text, timeoutSeconds: askingSeconds });
  if (code !== exitCodes.done) {
    const errors = (result as { readonly error: string }).error.split("\n").filter((line) => line !== "");
    return { problem: errors.at(-1) ?? "no answer" };
  }
  const [answer] = result as readonly unknown[];
  return firingAlerts(answer, { service, environment: host.stack });
}
