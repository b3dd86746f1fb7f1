import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join as joinWords } from "shlex";
import { childEnvironment } from "../lib/hosts/child-environment.ts";
import type { HostScript } from "../lib/hosts/host-connection.ts";
import { releaseScript } from "../lib/releases/slot-scripts.ts";
import { defineByHand, form, oneOf, oneRole, oneValue, type HandOptions } from "./command.ts";
import { byHand, errorsOf } from "./controller.ts";
import { findHosts, oneHost, onEachHost, runOnHost, type StackHost } from "./hosts.ts";

interface ByHandOptions extends HandOptions {
  readonly host?: string;
  readonly slot?: string;
  readonly replica?: string;
  readonly role?: string;
}

/** Longest that somebody may work in a container, in seconds. */
const longestSeconds = 86_400;

const define = (mode: "exec" | "run", description: string) =>
  defineByHand(mode, description)
    .argument("<command...>", "Its words; options of its own come behind the first one")
    .passThroughOptions()
    .option(
      "--slot <slot>",
      "live (as without it), standby, blue or green",
      oneOf(["live", "standby", "blue", "green"]),
    )
    .option("--replica <number>", "Which one of its containers; the first without it", form(/^[1-9]\d?$/, "1 and up"))
    .option("--role <role>", "A container of this one of slipway:roles; of web, which serves, without it", oneRole)
    .option(
      "--host <name>",
      "Which one of several hosts: host, as without it, or its name under slipway:hosts",
      oneValue,
    )
    .action(async (words: readonly string[], options: ByHandOptions) => enter(mode, words, options));

export const exec = () =>
  define("exec", "Run a command in a container of the service, with your terminal; who and what is recorded");

export const run = () =>
  define(
    "run",
    "Run a command in a container of its own, behind the image's ENTRYPOINT: the live release's image, variables, secrets and limits, gone afterwards; recorded too",
  );

async function enter(mode: "exec" | "run", words: readonly string[], options: ByHandOptions): Promise<void> {
  const { hosts } = await findHosts(options, { changes: true });
  const host = oneHost(hosts, options.host ?? "host", `${mode}: --host names no host of this stack`);
  const command = joinWords(words);
  const isTerminal = options.json === undefined && process.stdin.isTTY && process.stdout.isTTY;
  // A record is one line.
  const what = [`${mode} ${command}`, ...(options.reason === undefined ? [] : [options.reason])].join("; ");
  const script: HostScript = {
    text: releaseScript("by-hand"),
    env: {
      PREFIX: host.prefix,
      MODE: mode,
      SLOT: options.slot ?? "live",
      ROLE: options.role ?? "web",
      REPLICA: options.replica ?? "1",
      TERMINAL: isTerminal ? "-t" : "",
      WORDS: command,
      HAND: joinWords(byHand({ reason: what.replaceAll(/\p{Cc}+/gu, " ").slice(0, 200) })),
    },
    timeoutSeconds: longestSeconds,
    terminal: isTerminal,
  };
  if (options.json) {
    await onEachHost([host], options, async () => {
      const { code, said, errors } = await runOnHost(host, script, {
        said: () => undefined,
        error: errorsOf([host], host),
      });
      return { code, result: { code, said, errors } };
    });
    return;
  }
  process.exitCode = await withOwnStreams(host, script);
}

/** Its streams and its terminal are ours, and so is its exit code. */
async function withOwnStreams({ connection }: StackHost, script: HostScript): Promise<number> {
  const { text, environment } = connection.command(script);
  const child = spawn("/bin/sh", ["-euc", text], { stdio: "inherit", env: childEnvironment(environment) });
  // Ctrl-C is for the command, whose end is ours.
  const ignore = () => undefined;
  process.on("SIGINT", ignore);
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code, signal) => {
      process.off("SIGINT", ignore);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
