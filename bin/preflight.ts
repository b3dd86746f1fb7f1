import { engineProblem } from "../lib/hosts/engine-problem.ts";
import { surveyHost } from "../lib/hosts/host-survey.ts";
import { noDockerfile } from "../lib/images/no-dockerfile.ts";
import { formatProblem, formatProblems, type Problem } from "../lib/problem.ts";
import type { Declared } from "../lib/releases/declared-on-host.ts";
import { emptyLedger } from "../lib/releases/ledger.ts";
import { roomProblems, toPull } from "../lib/releases/room-on-host.ts";
import { describeExpiry } from "../lib/tls/certificate.ts";
import { misreadNumbers } from "../settings/misread-numbers.ts";
import { hasState, ownBackend } from "../settings/state-files.ts";
import { problemsOfFile, readFile, readHosts } from "../settings/read-configuration.ts";
import { askForSecrets } from "../settings/ask-for-secrets.ts";
import { lookAndLedger } from "./changed-by-hand.ts";
import { define, type CommonOptions } from "./command.ts";
import { errorsOf } from "./controller.ts";
import { exitCodes, Failure } from "./exit-codes.ts";
import { findStack, type FoundStack } from "./find-stack.ts";
import { hostsIn, onEachHost, type StackHost } from "./hosts.ts";
import { teller } from "./print.ts";
import { toolchainCommand } from "../lib/folders.ts";

export const preflight = () =>
  define(
    "preflight",
    "Look at the stack's settings and hosts, change nothing, and say all that is wrong with them",
  ).action(look);

async function look(options: CommonOptions): Promise<void> {
  const stack = await findStack(options, { section: "slipway:host", changes: false });
  const { found, problems: missing } = await secretsOf(stack);
  const wrong = [...misreadNumbers(stack.file), ...problemsOfFile(stack.entries), ...missing, ...buildProblems(stack)];
  if ("problems" in readHosts(stack.entries))
    throw new Failure([formatProblems(wrong), ...(await unmade(stack))].join("\n"));
  const { hosts, certificate } = hostsIn(stack);
  for (const problem of wrong) teller(true)(formatProblem(problem));
  if (found.length > 0) teller(options.json)(`✓ where you keep your secrets there is ${found.join(", ")}`);
  const expiry = certificate === undefined ? null : describeExpiry(certificate);
  if (expiry !== null) teller(options.json)(expiry);
  await onEachHost(hosts, options, async (host, tell) => {
    const { name } = host.connection;
    const { problems, isBare, pulled = [] } = await problemsOn(host);
    const isReady = problems.length + wrong.length === 0;
    const verdict =
      problems.length === 0 ? `✗ ${name}: what was looked at is good, but the settings above are refused` : `✗ ${name}`;
    if (isReady) tell(`✓ ${name} is ready for a release`);
    else for (const line of [verdict, ...problems.map(formatProblem)]) errorsOf(hosts, host)(line);
    if (problems.length === 0)
      for (const line of [...seen(host, isBare), ...pulled.map((each) => `  ${each}`)]) tell(line);
    return {
      code: isReady ? exitCodes.done : exitCodes.failed,
      result: { isReady, problems, settings: wrong, certificate: expiry },
    };
  });
  if (process.exitCode !== exitCodes.done) (await unmade(stack)).forEach(teller(true));
}

/** `pulumi config set` writes for no stack that its states do not know yet, and says so in words that lead nowhere. */
async function unmade({ name, file, project }: FoundStack): Promise<string[]> {
  const isElsewhere = (process.env.PULUMI_BACKEND_URL ?? "") !== "";
  if (isElsewhere || (await hasState(ownBackend(project.folder), project.name, name))) return [];
  return [
    `Stack ${name} was never up: for pulumi config set, make it by \`${toolchainCommand("setup", { stack: name })}\`; or write into ${file}`,
  ];
}

/** Secrets by reference, looked up as an update does; none where the settings are refused. */
export async function secretsOf({
  entries,
  project: { folder },
}: Pick<FoundStack, "entries" | "project">): Promise<{ readonly found: string[]; readonly problems: Problem[] }> {
  const read = readFile(entries);
  if ("problems" in read) return { found: [], problems: [] };
  const { values, missing } = await askForSecrets({ ...read.settings, folder, known: [] });
  return { found: Object.keys(values), problems: missing.map(({ problem }) => problem) };
}

/** Of a folder that the image is built from: everything else about images is asked of registries. */
function buildProblems({ entries, project }: FoundStack): Problem[] {
  const image = entries.find(({ key }) => key === "slipway:image")?.value ?? "";
  const { build } = (image.startsWith("{") ? JSON.parse(image) : {}) as { readonly build?: unknown };
  return typeof build === "string" ? [noDockerfile(build, project.folder) ?? []].flat() : [];
}

/** What is wrong with a host, its ports and its subnet. */
async function problemsOn(
  host: StackHost,
): Promise<{ readonly problems: readonly Problem[]; readonly isBare: boolean; readonly pulled?: readonly string[] }> {
  const { declared } = host;
  const engine = await engineProblem(host.connection, host.path);
  if (engine !== undefined) return { problems: [engine], isBare: false };
  const { problems, isBare } = await surveyHost(host.connection, host.path);
  if (isBare || problems.length > 0 || declared === undefined) return { problems, isBare };
  return { ...(await roomOn(host, declared)), isBare };
}

async function roomOn(host: StackHost, declared: Declared) {
  const { look: found, ledger = emptyLedger } = await lookAndLedger(host, declared);
  if (found === undefined) return { problems: [] };
  return { problems: roomProblems(found, ledger, declared), pulled: toPull(found, declared) };
}

/** What the verdict rests on, and what the first update does before a release. */
function seen({ connection, declared }: StackHost, isBare: boolean): string[] {
  const ports = declared === undefined ? "those of the service" : declared.ports.map(({ port }) => port).join(", ");
  const machine = connection.kind === "local" ? ["Docker engine"] : ["system", "disk", "clock", "Docker engine"];
  const room = declared === undefined ? ["ports", "subnet"] : [`port ${ports}`, `subnet ${declared.subnet}`];
  const isRoomSeen = !isBare && declared !== undefined;
  return [
    `  looked at: ${[...machine, ...(isRoomSeen ? room : [])].join(", ")}`,
    `  not looked at: ${[...(isRoomSeen ? [] : room), "image", "DNS", "certificate"].join(", ")}`,
    ...(isBare
      ? [
          `  pulumi up prepares it first: Docker, the user ${connection.deployer ?? ""}, security updates, and a firewall that closes`,
          `  every port but SSH and ${ports}, also those of other services on this server`,
        ]
      : []),
  ];
}
