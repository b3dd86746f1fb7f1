import { define, form, oneOf, oneRole, oneValue, type CommonOptions } from "./command.ts";
import { errorsOf } from "./controller.ts";
import { exitCodes, Failure } from "./exit-codes.ts";
import { watchers } from "../lib/releases/declared-on-host.ts";
import { releaseScript } from "../lib/releases/slot-scripts.ts";
import { findHosts, onEachHost, runOnHost } from "./hosts.ts";

const script = releaseScript("logs");
const slots = ["live", "standby", "blue", "green", "both"] as const;
const parts = ["controller", "proxy", "certificates", "postgres", "redis", "neo4j", ...watchers] as const;

const when = /^((?=\d)(\d+h)?(\d+m)?(\d+s)?|\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)$/;

interface LogsOptions extends CommonOptions {
  readonly slot?: string;
  readonly part?: string;
  readonly role?: string;
  readonly release?: string;
  readonly lines?: string;
  readonly since?: string;
  readonly follow?: true;
}

/** One line that a container printed. */
interface LogLine {
  /** Without what all names of the stack begin with: `blue-1`. */
  readonly container: string;
  /** ISO 8601. */
  readonly at: string;
  readonly text: string;
}

export const logs = () =>
  define("logs", "What the containers printed, of all replicas and hosts")
    .option("--slot <slot>", "live (as without it), standby, blue, green or both", oneOf(slots))
    .option("--role <role>", "Only this one of slipway:roles, or web, which serves; all without it", oneRole)
    .option("--part <part>", `Not the service but ${parts.join(", ")}`, oneOf(parts))
    .option("--release <version>", "Of this version only", oneValue)
    .option(
      "--lines <number>",
      "The last ones of each container, or all; 100 without it",
      form(/^(\d{1,7}|all)$/, "a whole number, or all"),
    )
    .option(
      "--since <when>",
      "Not older: 10m, 2h, or a time such as 2026-11-26T18:00:00Z",
      form(when, "a while such as 10m, or a time such as 2026-11-26T18:00:00Z"),
    )
    .option("-f, --follow", "Go on with what is printed from now on")
    .action(show);

/** @throws Failure */
async function show(options: LogsOptions): Promise<void> {
  const { slot = "live", part = "", role = "", release = "", lines = "100", since = "", follow } = options;
  if (follow && options.json) {
    const problem = "--follow has no end, and --json prints one document. Fix: leave one of them out";
    throw new Failure(`logs: ${problem}`, exitCodes.usage);
  }
  const { hosts } = await findHosts(options, { changes: false });
  const env = {
    PART: part,
    SLOT: slot,
    ROLE: role,
    VERSION: release,
    LINES: lines,
    SINCE: since,
    FOLLOW: follow ? "yes" : "",
  };
  await onEachHost(hosts, options, async (host, tell) => {
    const found: LogLine[] = [];
    const said = (line: string) => {
      const read = readLine(line, `${host.prefix}-`);
      if (options.json) found.push(read);
      else tell(`${read.container}  ${read.text}`);
    };
    // As long as a rollout may take.
    const whole = { text: script, env: { ...env, PREFIX: host.prefix }, timeoutSeconds: 86_400 };
    const { code, errors } = await runOnHost(host, whole, { said, error: errorsOf(hosts, host) });
    return { code, result: code === exitCodes.done ? found : { error: errors.join("\n") } };
  });
}

function readLine(line: string, prefix: string): LogLine {
  const [, name = "", at = "", text = ""] = /^(\S*) (\S*) ?(.*)$/s.exec(line) ?? [];
  return { container: name.startsWith(prefix) ? name.slice(prefix.length) : name, at, text };
}
