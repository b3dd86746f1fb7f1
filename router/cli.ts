import { request } from "node:http";
import { parseArgs } from "node:util";
import type { LeftBehind } from "./left-behind.ts";
import { configurationText, pathsFrom } from "./paths.ts";
import type { Progress } from "./run.ts";
import type { Status } from "./telling/report.ts";
import type { LockRequest, Note, RollbackRequest } from "./wire.ts";

/**
 * The command line. Every preview runs it, so each command imports no more than it needs.
 * Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 the controller can't be reached, 4 another deploy holds the host.
 */

const inSilence = () => undefined;
/** A controller that just starts is waited for. */
const reachWithinMs = 5000;
/** `ping` is asked every few seconds and must not wait. */
const answerWithinMs = 10_000;

/** @returns the exit code */
async function run([command, ...options]: readonly string[]): Promise<number> {
  switch (isKnown(command ?? "", options) ? (command ?? "") : "") {
    case "daemon":
      return (await import("./daemon.ts")).runDaemon(pathsFrom());
    case "ledger":
      return ask("GET", "/ledger", "", (line) => {
        console.log(line);
      });
    case "ping":
      return ask("GET", "/ping", "", inSilence, 0);
    case "hold":
      // Its connection to the daemon is still open.
      return process.exit(await hold());
    case "guard":
      return follow("/guard", await stdin());
    case "promote":
    case "refuse":
      return follow(`/${command}`, await withSource(await stdin(), options));
    case "guard-proxy":
      return ask("POST", "/guard-proxy", await stdin(), sayMessage);
    case "switch-proxy":
      return follow("/switch-proxy", await stdin());
    case "front":
      return (await import("./front-command.ts")).runFront(options[0] ?? "", await stdin(), pathsFrom());
    case "keep-certificate": {
      const { giveCertificate, keepCertificate } = await import("./certificates/certificate.ts");
      await keepCertificate(pathsFrom().run, "files", await stdin());
      await giveCertificate(pathsFrom().run, "files");
      return 0;
    }
    case "keep-secrets": {
      const { keepSecrets, parseSecretFiles } = await import("./secret-files.ts");
      await keepSecrets(pathsFrom().secretFiles, Number(options[0]), parseSecretFiles(await stdin()));
      return 0;
    }
    case "tend-certificate": {
      const { parseKeeperConfig, tendCertificate } = await import("./certificates/certificate-keeper.ts");
      const { run, keeperConfig } = pathsFrom();
      const given = await configurationText("SLIPWAY_KEEPER_JSON", keeperConfig);
      await tendCertificate(run, parseKeeperConfig(given, keeperConfig), (line) => {
        console.log(line);
      });
      return 0;
    }
    case "certificates": {
      const { keepForEver, lookAlone } = await import("./certificates/certificate-keeper.ts");
      const { run } = pathsFrom();
      return keepForEver(run, () => lookAlone(run));
    }
    case "await-answer": {
      const { awaitAnswer, parseAwaitedAnswer } = await import("./await-answer.ts");
      return awaitAnswer(parseAwaitedAnswer(await stdin()), (line) => ask("GET", "/answer", "", line));
    }
    case "await-loaded": {
      const { awaitLoaded } = await import("./await-answer.ts");
      return awaitLoaded(Number(options[0]), (line) => ask("GET", "/outdated", "", line));
    }
    case "await-certificate": {
      const { awaitCertificate } = await import("./certificates/certificate.ts");
      const { parseAwaitedCertificate } = await import("./wire.ts");
      const { source, fingerprint } = parseAwaitedCertificate(await stdin());
      await awaitCertificate(pathsFrom().run, source, fingerprint);
      console.log("proxy: serves the certificate");
      return 0;
    }
    case "watch":
      return follow("/watch", "");
    case "rollback":
    case "abort":
      return follow(`/${command}`, JSON.stringify(handFrom(options)));
    case "rest": {
      const [replica, seconds, ...rest] = options;
      return follow("/rest", JSON.stringify({ replica, seconds: Number(seconds), ...handFrom(rest) }));
    }
    case "back":
      return follow("/back", JSON.stringify({ replica: options[0] }));
    case "undo":
      return follow("/undo", JSON.stringify({ rollout: Number(options[0]) }));
    case "close": {
      const { page, ...hand } = handFrom(options) ?? {};
      return ask("POST", "/close", JSON.stringify({ ...hand, ...(page ? { page: await stdin() } : {}) }), sayMessage);
    }
    case "open":
    case "lock":
    case "unlock":
    case "pause":
    case "resume":
    case "promote-now":
      return ask("POST", `/${command}`, JSON.stringify(handFrom(options)), sayMessage);
    case "allow": {
      const [release, ...rest] = options;
      return ask("POST", "/allow", JSON.stringify({ release, ...handFrom(rest) }), sayMessage);
    }
    case "test-notices":
      return ask("POST", "/test-notices", JSON.stringify(handFrom(options)), (line) => {
        console.log(line);
      });
    case "ran":
    case "restart-role":
    case "restored":
    case "backed-up":
      return ask("POST", `/${command}`, JSON.stringify(handFrom(options)), inSilence);
    case "saved": {
      const [kind, name] = options;
      return ask("POST", "/saved", JSON.stringify({ kind, name, problem: await stdin() }), inSilence);
    }
    case "roles-ran":
      return ask("POST", "/roles-ran", await stdin(), inSilence);
    case "left-behind":
      return ask("GET", "/left-behind", "", (line) => {
        const left = JSON.parse(line) as LeftBehind | null;
        for (const file of left?.backup ?? []) console.log(`${left?.rollout ?? 0} ${left?.broughtBy ?? 0} ${file}`);
      });
    case "note": {
      const data = (await stdin()).split("\n").filter((line) => line !== "");
      return ask("POST", "/note", JSON.stringify({ rollout: Number(options[0]), data } satisfies Note), inSilence);
    }
    case "rollouts": {
      const { listRecords } = await import("./telling/record-store.ts");
      const { describeRecord } = await import("./telling/record.ts");
      const records = await listRecords(pathsFrom().state);
      if (options[0] === "--json") console.log(JSON.stringify(records));
      else for (const record of records) console.log(describeRecord(record));
      return 0;
    }
    case "digest": {
      const { readDigest } = await import("./telling/digest.ts");
      console.log(JSON.stringify(await readDigest(pathsFrom().state)));
      return 0;
    }
    case "record": {
      const { readRecord } = await import("./telling/record-store.ts");
      console.log(JSON.stringify(await readRecord(pathsFrom().state, Number(options[0])), null, 2));
      return 0;
    }
    case "status": {
      const { describeStatus, recentOf, recentRollouts } = await import("./telling/report.ts");
      const { listRecords } = await import("./telling/record-store.ts");
      const records = await listRecords(pathsFrom().state, recentRollouts);
      return ask("GET", "/status", "", (line) => {
        const status = { ...(JSON.parse(line) as Status), recent: records.map(recentOf) };
        console.log(options[0] === "--json" ? JSON.stringify(status) : describeStatus(status).join("\n"));
      });
    }
    default:
      console.error((await import("./usage.ts")).usage);
      return 2;
  }
}

const fromLabels = ["commit", "author", "repository", "before"];
const withoutMore = "abort pause resume promote-now restored backed-up ran restart-role test-notices unlock open";
/** Commands of a person, and what each takes beside `--by` and `--reason`. */
const handCommands = new Map<string, readonly string[]>([
  ...withoutMore.split(" ").map((command) => [command, []] as const),
  ["lock", ["until", "waitSeconds"]],
  ["promote", fromLabels],
  ["refuse", fromLabels],
  ["close", ["pass", "page"]],
  ["rollback", ["to"]],
]);
const numbered = ["await-loaded", "record", "note", "keep-secrets", "undo"];
const withJson = ["status", "rollouts"];

/** Whether a command line is one of the usage's. */
function isKnown(command: string, options: readonly string[]): boolean {
  const [first = "", second = ""] = options;
  if (command === "front") return options.length === 1 && /^(keep|guard|switch|look|tell)$/.test(first);
  if (command === "back") return options.length === 1 && isReplica(first);
  if (command === "saved") return options.length === 2 && ["backup", "copy"].includes(first) && second !== "";
  if (command === "rest") return isReplica(first) && isNumber(second) && isHand(options.slice(2));
  if (numbered.includes(command)) return options.length === 1 && isNumber(first);
  if (command === "allow") return first !== "" && isHand(options.slice(1));
  const further = handCommands.get(command);
  if (further !== undefined) return isHand(options, further);
  return options.length === 0 || (withJson.includes(command) && options.join() === "--json");
}

const isNumber = (text: string) => /^[1-9]\d{0,8}$/.test(text);
const isReplica = (text: string) => /^(blue|green)-[1-9]$/.test(text);
type HandOptions = LockRequest &
  RollbackRequest & { readonly page?: boolean | undefined } & Partial<
    Readonly<Record<"pass" | "commit" | "author" | "repository" | "before", string>>
  >;

/** `--by` and `--reason`, and what a command takes beside. */
const isHand = (args: readonly string[], further: readonly string[] = []) => {
  const names = Object.keys(handFrom(args) ?? { "": "" });
  return names.every((name) => ["by", "reason", ...further].includes(name));
};

/** What only the host could find out about the release that is promoted or refused. */
async function withSource(wish: string, options: readonly string[]): Promise<string> {
  if (options.length === 0) return wish;
  const { oneLine, sourceOf } = await import("./telling/source.ts");
  const { reason, ...labels } = handFrom(options) ?? {};
  const source = Object.keys(labels).length > 0 ? { source: sourceOf(labels) } : {};
  const why = reason === undefined ? {} : { why: oneLine(reason) };
  return JSON.stringify({ ...(JSON.parse(wish) as object), ...source, ...why });
}

/** What the commands of a person take; null if there is anything else. */
function handFrom(args: readonly string[]): HandOptions | null {
  const text = { type: "string" } as const;
  const hand = { by: text, reason: text, until: text, wait: text, to: text, pass: text };
  const named = { ...hand, commit: text, author: text, repository: text, before: text };
  try {
    const { wait, ...values } = parseArgs({ args: [...args], options: { ...named, page: { type: "boolean" } } }).values;
    return { ...values, ...(wait === undefined ? {} : { waitSeconds: Number(wait) }) };
  } catch {
    return null;
  }
}

function sayMessage(line: string): void {
  console.log((JSON.parse(line) as { message: string }).message);
}

/** Ends when stdin does, when it has been silent for too long, or when the daemon goes away. */
async function hold(): Promise<number> {
  const { createInterface } = await import("node:readline");
  const { parseHoldRequest } = await import("./wire.ts");
  const lines = createInterface({ input: process.stdin });
  const first = await new Promise<string>((resolve) =>
    lines.once("line", resolve).once("close", () => {
      resolve("");
    }),
  );
  const { silenceMs } = parseHoldRequest(first);
  const silence = new Promise<number>((resolve) => {
    const end = () => {
      resolve(0);
    };
    let timer = setTimeout(end, silenceMs);
    lines.once("close", end).on("line", () => {
      clearTimeout(timer);
      timer = setTimeout(end, silenceMs);
    });
  });
  const answer = ask("POST", "/hold", first, (line) => {
    console.log(line);
  });
  return Promise.race([silence, answer.then((code) => (code === 1 ? 4 : code))]);
}

/** Shows the stream of a rollout. The rollout does not depend on us: whoever is killed here can come again. */
async function follow(path: string, body: string): Promise<number> {
  const ends: Extract<Progress, { end: unknown }>[] = [];
  const errors: string[] = [];
  const code = await ask("POST", path, body, (line) => {
    const message = JSON.parse(line) as Progress | { error: string };
    if ("line" in message) console.log(message.line);
    else if ("end" in message) ends.push(message);
    else errors.push(message.error);
  });
  if (code !== 0) return code;
  for (const error of errors) console.error(error);
  if (errors.length > 0) return 1;
  const [end] = ends;
  if (!end) {
    console.error(
      "controller: went away before the end; the rollout carries on alone. Fix: run the same again to see its result",
    );
    return 3;
  }
  if (end.end === "ok") console.log(end.message);
  else console.error(end.message);
  return end.end === "ok" ? 0 : 1;
}

/** Sends one request to the daemon and hands over its answer line by line. */
async function ask(
  method: string,
  path: string,
  body: string,
  onLine: (line: string) => void,
  patienceMs = reachWithinMs,
): Promise<number> {
  const giveUp = performance.now() + patienceMs;
  for (;;) {
    const code = await attempt(method, path, body, onLine);
    if (typeof code === "number") return code;
    if (performance.now() >= giveUp) {
      console.error(
        `controller: does not answer, ${code} on ${pathsFrom().socket}. Fix: docker logs of the controller says why`,
      );
      return 3;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** @returns the exit code, or why there is no connection */
function attempt(method: string, path: string, body: string, onLine: (line: string) => void): Promise<number | string> {
  return new Promise((resolve) => {
    let isAnswered = false;
    const call = request({ socketPath: pathsFrom().socket, method, path, agent: false }, (response) => {
      isAnswered = true;
      call.setTimeout(0);
      const isOk = response.statusCode === 200;
      let rest = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        const lines = (rest + part).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          if (isOk) onLine(line);
          else console.error((JSON.parse(line) as { error: string }).error);
        }
      });
      response.on("close", () => {
        resolve(isOk ? 0 : 1);
      });
      // Cut off: the caller sees that the end is missing.
      response.on("error", inSilence);
    });
    call.setTimeout(answerWithinMs, () => call.destroy(new Error(`nothing within ${answerWithinMs} ms`)));
    call.on("error", (error: NodeJS.ErrnoException) => {
      if (!isAnswered) resolve(error.code ?? error.message);
    });
    call.end(body);
  });
}

async function stdin(): Promise<string> {
  let text = "";
  for await (const part of process.stdin.setEncoding("utf8")) text += String(part);
  return text;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
