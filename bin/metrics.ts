import { delivery, deliveryLines, deliveryRows } from "../monitoring/delivery.ts";
import type { Digested } from "../router/telling/digest.ts";
import { define, oneValue, ownerAndName, type CommonOptions } from "./command.ts";
import { wrongValue } from "./command-problem.ts";
import { askOne, errorsOf } from "./controller.ts";
import { askGitHub, githubRows, repositoryOf } from "./delivery-on-github.ts";
import { exitCodes } from "./exit-codes.ts";
import { findStack } from "./find-stack.ts";
import { hostsIn, onEachHost } from "./hosts.ts";

interface MetricsOptions extends CommonOptions {
  /** @default 90 */
  readonly days?: string;
  /** `owner/name`. @default what the stack declares, or the only other one that does */
  readonly repository?: string;
}

const dayMs = 86_400_000;

export const metrics = () =>
  define(
    "metrics",
    "How the stack delivers: deployments, failures, time to recover; builds and lead time by GITHUB_TOKEN",
  )
    .option("--days <number>", "How far to look back, 1 to 3650; 90 by default", dayCount)
    .option("--repository <name>", "Repository on GitHub, where no stack declares one", ownerAndName)
    .action(show);

/** Of several hosts the first one tells of all: what a later one refuses is undone there. */
async function show(options: MetricsOptions): Promise<void> {
  const days = Number(options.days ?? 90);
  const stack = await findStack(options, { section: "slipway:host", changes: false });
  const { hosts } = hostsIn(stack);
  const repository = repositoryOf(stack, options.repository);
  const until = Date.now();
  const stretch = { since: until - days * dayMs, until };
  await onEachHost(hosts.slice(0, 1), options, async (host, tell) => {
    const answer = await askOne(host, ["digest"], errorsOf(hosts, host));
    if (answer.code !== exitCodes.done) return answer;
    const rollouts = answer.result as readonly Digested[];
    const figures = delivery(rollouts, stretch);
    const github = await askGitHub(repository, rollouts, stretch);
    tell(`stack ${host.stack}, the last ${days} days`);
    for (const line of deliveryLines([...deliveryRows(figures), ...githubRows(github)])) tell(line);
    const [from, to] = [stretch.since, until].map((time) => new Date(time).toISOString());
    return { code: answer.code, result: { stack: host.stack, since: from, until: to, ...figures, github } };
  });
}

/** @throws InvalidArgumentError */
function dayCount(text: string, before?: string): string {
  const given = oneValue(text, before);
  if (/^[1-9]\d{0,3}$/.test(given) && Number(given) <= 3650) return given;
  throw wrongValue("is no number of days", "a whole number from 1 to 3650");
}
