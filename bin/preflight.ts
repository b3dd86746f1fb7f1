import { surveyHost } from "../lib/hosts/host-survey.ts";
import { formatProblem } from "../lib/problem.ts";
import { describeExpiry } from "../lib/tls/certificate.ts";
import { problemsOfFile } from "../settings/read-configuration.ts";
import { define, type CommonOptions } from "./command.ts";
import { errorsOf } from "./controller.ts";
import { exitCodes } from "./exit-codes.ts";
import { findHosts, onEachHost } from "./hosts.ts";
import { teller } from "./print.ts";

export const preflight = () =>
  define(
    "preflight",
    "Look at the stack's settings and hosts, change nothing, and say all that is wrong with them",
  ).action(look);

async function look(options: CommonOptions): Promise<void> {
  const { hosts, certificate, entries } = await findHosts(options, { changes: false });
  const wrong = problemsOfFile(entries);
  for (const problem of wrong) teller(true)(formatProblem(problem));
  const expiry = certificate === undefined ? null : describeExpiry(certificate);
  if (expiry !== null) teller(options.json)(expiry);
  await onEachHost(hosts, options, async (host, tell) => {
    const { name } = host.connection;
    const { problems } = await surveyHost(host.connection, host.path);
    const isReady = problems.length + wrong.length === 0;
    if (isReady) tell(`✓ ${name} is ready for a release`);
    else if (problems.length === 0) tell(`✓ ${name} could take a release; the settings above are refused before`);
    else for (const line of [`✗ ${name}`, ...problems.map(formatProblem)]) errorsOf(hosts, host)(line);
    return {
      code: isReady ? exitCodes.done : exitCodes.failed,
      result: { isReady, problems, settings: wrong, certificate: expiry },
    };
  });
}
