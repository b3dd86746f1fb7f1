import { delivery, deliveryLines } from "../monitoring/delivery.ts";
import type { Digested } from "../router/telling/digest.ts";
import { define, oneValue, type CommonOptions } from "./command.ts";
import { wrongValue } from "./command-problem.ts";
import { askOne, errorsOf } from "./controller.ts";
import { exitCodes } from "./exit-codes.ts";
import { findHosts, onEachHost } from "./hosts.ts";

interface MetricsOptions extends CommonOptions {
  /** @default 90 */
  readonly days?: string;
}

const dayMs = 86_400_000;

export const metrics = () =>
  define("metrics", "How the stack delivers: deployment frequency, change failure rate, time to recover")
    .option("--days <number>", "How far to look back, 1 to 3650; 90 by default", dayCount)
    .action(show);

/** Of several hosts the first one tells of all: what a later one refuses is undone there. */
async function show(options: MetricsOptions): Promise<void> {
  const days = Number(options.days ?? 90);
  const { hosts } = await findHosts(options, { changes: false });
  const until = Date.now();
  const since = until - days * dayMs;
  await onEachHost(hosts.slice(0, 1), options, async (host, tell) => {
    const answer = await askOne(host, ["digest"], errorsOf(hosts, host));
    if (answer.code !== exitCodes.done) return answer;
    const figures = delivery(answer.result as readonly Digested[], { since, until });
    const [from, to] = [since, until].map((time) => new Date(time).toISOString());
    tell(`stack ${host.stack}, the last ${days} days`);
    for (const line of deliveryLines(figures)) tell(line);
    return { code: answer.code, result: { stack: host.stack, since: from, until: to, ...figures } };
  });
}

/** @throws InvalidArgumentError */
function dayCount(text: string, before?: string): string {
  const given = oneValue(text, before);
  if (/^[1-9]\d{0,3}$/.test(given) && Number(given) <= 3650) return given;
  throw wrongValue("is no number of days", "a whole number from 1 to 3650");
}
