import { allow } from "./allow.ts";
import { exec, run } from "./by-hand.ts";
import type { ChecklistOptions } from "./checklist.ts";
import { formatName, itemList, skipsAnd } from "./checklist-options.ts";
import type { CiOptions } from "./ci.ts";
import {
  asJson,
  define,
  defineBare,
  form,
  ownerAndName,
  group,
  isCommanderError,
  oneValue,
  type CommonOptions,
} from "./command.ts";
import { exitCodes, Failure } from "./exit-codes.ts";
import type { MoveOptions } from "./governance.ts";
import type { InitOptions } from "./init.ts";
import { lock, unlock } from "./lock.ts";
import { logs } from "./logs.ts";
import { dashboard } from "./dashboard.ts";
import { maintenance } from "./maintenance.ts";
import { metrics } from "./metrics.ts";
import { preflight } from "./preflight.ts";
import type { PreviewCommentOptions } from "./preview-comment.ts";
import { printJson } from "./print.ts";
import { restart } from "./restart.ts";
import { backup } from "./backup.ts";
import { restore } from "./restore.ts";
import { rollback } from "./rollback.ts";
import { rollout } from "./rollout.ts";
import type { DiffOptions } from "./secrets-diff.ts";
import type { SecretOptions } from "./secrets.ts";
import { settings } from "./settings.ts";
import { status } from "./status.ts";
import { version } from "./version.ts";
import { isClone } from "../lib/folders.ts";
import type { ApplyOptions, WorkflowsOptions } from "./workflows.ts";

// Loaded only when they are asked for: no other command needs GitHub.
const adopt = () =>
  define(
    "adopt",
    "Take what hosts and the repository on GitHub have already into the stack's state; change nothing there",
  ).action(async (options: CommonOptions) => (await import("./adopt.ts")).adopt(options));
const drift = () =>
  define("drift", "Say in plain words where hosts and GitHub are not as declared").action(
    async (options: CommonOptions) => (await import("./drift.ts")).drift(options),
  );

const checklist = () =>
  define(
    "checklist",
    "Prove each item of the bootstrap checklist, or say why not and what to do; only looks unless asked for more",
  )
    .option("--format <name>", "text, markdown, json, junit or sarif; text by default", formatName)
    .option("--only <items>", "Only these items, a comma between them", itemList)
    .option("--skip <item=reason>", "Leave an item out, and say why; may be given several times", skipsAnd)
    .option("--governance <name>", "Stack that declares the repository, where several do", oneValue)
    .option(
      "--clone <folder>",
      "The service's clone, whose hooks are looked at; the working directory by default",
      oneValue,
    )
    .option("--fix", "Install missing hooks in that clone; nothing else is mended")
    .option("--test-notices", "Send every channel a test notice, which people will see")
    .option(
      "--test-push",
      "Push an empty commit to main, which its rules have to refuse; not tried where a rule is missing",
    )
    .option("--drill", "Roll back and forth under a small load: moves the stack's traffic; never in production")
    .option(
      "--resume <file>",
      "Take over what an earlier run has proven in the last 24 hours: the file that it printed with --json",
      oneValue,
    )
    .action(async (options: ChecklistOptions) => (await import("./checklist.ts")).checklist(options));

const init = () =>
  defineBare(
    "init",
    "Make a project of this folder, for a Dockerfile or an image that is there, or with a service to begin with",
  )
    .option("--name <name>", "Name of the service; that of the folder with its Dockerfile by default", oneValue)
    .option("--build <folder>", "Folder with its Dockerfile; this one by default, if it has one", oneValue)
    .option("--image <reference>", "Its image instead, from a registry or on this machine", oneValue)
    .option(
      "--port <number>",
      "Where it listens in its container; by default what the image says",
      form(/^[1-9]\d{0,4}$/, "1 to 65535"),
    )
    .option(
      "--health <path>",
      "What answers with 200 once it can serve; by default what HEALTHCHECK asks for",
      form(/^\/\S*$/, "a path such as /health"),
    )
    .option(
      "--databases <kinds>",
      "What Slipway runs beside it: postgres, redis, neo4j, a comma between them; none by default",
      oneValue,
    )
    .option(...asJson)
    .action(async (options: InitOptions) => (await import("./init.ts")).init(options));

const governance = () =>
  group("governance", "The stack that declares the repository's rules, apart from any deploy", [
    define("move", "Give what a stack declares on GitHub to the governance stack; change nothing on GitHub")
      .option("--to <name>", "The governance stack; governance by default", oneValue)
      .action(async (options: MoveOptions) => (await import("./governance.ts")).move(options)),
  ]);

const secrets = () =>
  group("secrets", "Names of secrets, and those of workflows on GitHub", [
    define("diff", "Names of the live release's secrets beside those of the settings, and where each comes from")
      .option("--with <name>", "Another stack instead of the live release", oneValue)
      .action(async (options: DiffOptions) => (await import("./secrets-diff.ts")).diffSecrets(options)),
    define("set", "Write one for workflows on GitHub, read from standard input; it is in no stack and no state")
      .argument("<store>", "repository, dependabot, or the name of an environment")
      .argument("<name>", "Name of the secret")
      .option("--repository <name>", "One of several that the stack declares", oneValue)
      .action(async (store: string, name: string, options: SecretOptions) =>
        (await import("./secrets.ts")).setSecret(store, name, options),
      ),
  ]);

const ci = () =>
  defineBare("ci", "Run jobs of the clone's ci.yml on this machine, with uncommitted changes, before they are pushed")
    .argument("[jobs...]", "Ids or names of jobs, all by default; those that they need run as well")
    .option("--fix", "Let the linters that can mend the code do so first, in the clone itself")
    .option("--list", "Say which jobs there are, and which cannot run here")
    .option(...asJson)
    .action(async (jobs: readonly string[], options: CiOptions) => (await import("./ci.ts")).ci(jobs, options));

const previewComment = () =>
  defineBare("preview-comment", "Print the comment on a pull request for what pulumi preview --json printed")
    .argument("[file]", "What it printed; standard input by default", "-")
    .option("--stack <name>", "Stack that was previewed", oneValue)
    .option("--json", "Print what the comment is made of: no values that could be secret")
    .action(async (file: string, options: PreviewCommentOptions) =>
      (await import("./preview-comment.ts")).commentPreview(file, options),
    );

const folderOf = "[folder]";
const aboutFolder = "Folder of the service's clone; the current one by default";
const onGitHub = (command: ReturnType<typeof defineBare>) =>
  command
    .option("--repository <name>", "Repository on GitHub instead of a clone; needs GITHUB_TOKEN", ownerAndName)
    .option("--server <url>", "Address of an Enterprise Server, with / at the end", serverAddress);
const serverAddress = form(/^https?:\/\/\S+\/$/, "an http(s) address that ends with /");
const workflows = () =>
  group("workflows", "The workflow files of a service, as the model renders them", [
    onGitHub(defineBare("diff", "Say which files of a clone or a repository are not as rendered"))
      .argument(folderOf, aboutFolder)
      .option(...asJson)
      .action(async (folder: string | undefined, options: WorkflowsOptions) =>
        (await import("./workflows.ts")).diffWorkflows(folder, options),
      ),
    onGitHub(defineBare("apply", "Write them into a clone, or bring them into a repository by one pull request"))
      .argument(folderOf, aboutFolder)
      .option("--again", "Open a pull request although the last one was closed without a merge")
      .option(...asJson)
      .action(async (folder: string | undefined, options: ApplyOptions) =>
        (await import("./workflows.ts")).applyWorkflows(folder, options),
      ),
  ]);

/** The whole command line. */
export const commands = () =>
  group(
    "slipway",
    "Look at and steer the rollouts of a stack, put backups back, compare GitHub with what is declared",
    [
      init(),
      status(),
      rollback(),
      restart(),
      allow(),
      lock(),
      unlock(),
      maintenance(),
      backup(),
      restore(),
      rollout(),
      logs(),
      exec(),
      run(),
      metrics(),
      dashboard(),
      preflight(),
      settings(),
      adopt(),
      drift(),
      checklist(),
      governance(),
      secrets(),
      ci(),
      workflows(),
      previewComment(),
    ],
  )
    .version(version, "-V, --version", "Print the version")
    .addHelpText(
      "after",
      isClone ? "" : "\nOn this machine: setup, up, preview, heal, down, env; slipway up --help says more.",
    );

/** Runs one command line. @returns its exit code, see {@link exitCodes} */
export async function slipway(args: readonly string[]): Promise<number> {
  try {
    await commands().parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? exitCodes.done);
  } catch (error) {
    // What was wrong with the command line is said by then.
    if (isCommanderError(error)) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof Failure ? error.code : exitCodes.failed;
    process.stderr.write(`slipway: ${message}\n`);
    if (args.includes("--json") && code !== exitCodes.usage) printJson({ error: message });
    return code;
  }
}

// Whoever reads only the first lines closes the pipe, and has all that they want.
const endQuietly = (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
};

if (import.meta.main) process.stdout.on("error", endQuietly);
if (import.meta.main) process.exitCode = await slipway(process.argv.slice(2));
