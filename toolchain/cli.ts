import { Command } from "commander";
import { UnreadableFile } from "../settings/stack-files.ts";
import { engine } from "./engine.ts";
import type { Environment } from "./environment.ts";
import { environment, exports } from "./environment.ts";
import { lookAt } from "./look.ts";
import { SetupFailed } from "./setup-failed.ts";
import { meantStack } from "./settings.ts";
import { engineWithPlugins, setup, type Wanted } from "./setup.ts";
import { isMade, makeOwnStack, mustBeMeant, healStack, selectStack, showPulumi, summary } from "./stack.ts";
import { CommandFailed } from "./command.ts";
import { testTools } from "./test-tools.ts";
import { isClone, toolchainCommand } from "../lib/folders.ts";

/** The command line behind the Makefile. Everyday work needs none of it: after `make env` plain pulumi does. */

interface StackOptions {
  readonly confirm: string;
  readonly version: string;
}

/** Of the stack that they are given, see `meantStack`. */
const onStack: Readonly<Record<string, [string, (stack: string, options: StackOptions) => Promise<void>]>> = {
  setup: [
    "Get the engine, its plugins, Docker and the images",
    async (stack) => {
      await makeOwnStack(stack, await inPlace(stack));
    },
  ],
  up: [
    "Set up what is missing, then pulumi up",
    async (stack) => {
      const env = await inPlace(stack);
      await selectStack(stack, env);
      await healStack(stack, env);
      // `make preview` is there for those who want to see first.
      // Line by line: the table that the engine draws has no room for a rollout's steps, however wide the terminal.
      const args = ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack];
      process.exitCode = await showPulumi(args, env);
      if (process.exitCode === 0) console.log(await summary(stack, env));
    },
  ],
  preview: [
    "Show what up would change",
    async (stack, { version }) => {
      const env = await inPlace(stack);
      process.exitCode = await lookAt(stack, version, env, ({ args, env }) => showPulumi(["preview", ...args], env));
    },
  ],
  heal: [
    "Mend what a killed pulumi up left behind",
    async (stack) => {
      const env = await inPlace(stack, { images: false });
      const isThere = await isMade(stack, env);
      console.log(isThere ? await healStack(stack, env) : `✓ ${neverMade(stack)}, so nothing is left behind`);
    },
  ],
  down: [
    "Remove what up made; data and backups stay",
    async (stack, { confirm }) => {
      await mustBeMeant(stack, confirm);
      const env = await inPlace(stack, { images: false });
      // Loaded only here: nothing else needs the readers of settings.
      const [{ exported, kept }, { mustBeGone, mustBeIdle }] = await Promise.all([
        import("./kept-data.ts"),
        import("./still-runs.ts"),
      ]);
      if (!(await isMade(stack, env))) {
        await mustBeGone(stack);
        console.log(`✓ ${neverMade(stack)}, so there is nothing to remove`);
        return;
      }
      await mustBeIdle(stack);
      await healStack(stack, env);
      const before = await exported(stack, env);
      process.exitCode = await showPulumi(["destroy", "--yes", "--stack", stack], env);
      if (process.exitCode !== 0) return;
      await mustBeGone(stack);
      // The stack stays, empty: without one, plain pulumi would ask for it instead of bringing the service up again.
      for (const line of await kept(stack, before)) console.log(line);
      console.log(
        `✓ stack ${stack} is down; \`${toolchainCommand("up", { stack: stack === "local" ? undefined : stack })}\` brings it up again`,
      );
    },
  ],
};

const inPlace = async (stack: string, wanted?: Wanted): Promise<Environment> => environment(await setup(stack, wanted));

/** As options of make are written, people write them here. */
function mustBeEmpty(name: string, words: readonly string[]): void {
  if (words.length === 0) return;
  const meant = words.map((word) =>
    word.replace(/^(STACK|VERSION|CONFIRM)=/, (_, key: string) => `--${key.toLowerCase()} `),
  );
  const fix = words.every((word, index) => word !== meant[index]) ? meant.join(" ") : `${name} --help`;
  throw new SetupFailed(`${name}: takes options only, got ${words.join(" ")}`, fix);
}

const neverMade = (stack: string) => `stack ${stack} was never made here`;

const toolchain = new Command(isClone ? "toolchain" : "slipway").description("Sets this machine up for Slipway");
for (const [name, [description, work]] of Object.entries(onStack)) {
  toolchain
    .command(name)
    .description(description)
    .option("--stack <name>", "stack to work on; the selected one by default, else local", "")
    .option("--confirm <name>", "the stack once more, where other people are served by it", "")
    .option("--version <name>", "version to look at instead of the stack's own", "")
    .argument("[words...]")
    .action((words: readonly string[], { stack, ...options }: StackOptions & { readonly stack: string }) => {
      mustBeEmpty(name, words);
      return work(meantStack(name, stack), options);
    });
}
toolchain
  .command("env")
  .description("Print export lines for plain pulumi and slipway commands")
  .action(async () => {
    console.log(exports(await environment(await engine({ onlyWork: true }))));
  });
toolchain
  .command("test-tools")
  .description("Get what the tests need, and make no stack")
  .action(async () => {
    await setup("local");
    await Promise.all([engineWithPlugins(), testTools()]);
  });

try {
  await toolchain.parseAsync();
} catch (error) {
  // A mistake of the user or of the machine is one message; a stack means that we made one.
  if (!(error instanceof SetupFailed || error instanceof CommandFailed || error instanceof UnreadableFile)) throw error;
  console.error(`✗ ${error.message}`);
  process.exit(1);
}
