import { defineCommand, runMain } from "citty";
import { engine } from "./engine.ts";
import type { Environment } from "./environment.ts";
import { environment, exports } from "./environment.ts";
import { SetupFailed } from "./setup-failed.ts";
import { engineWithPlugins, setup } from "./setup.ts";
import { backupFolders, healStack, pulumi, selectStack, showPulumi, summary } from "./stack.ts";
import { CommandFailed } from "./command.ts";
import { testTools } from "./test-tools.ts";

/** The command line behind the Makefile. Everyday work needs none of it: after `make env` plain pulumi does. */

const stack = { type: "string", description: "stack to work on", default: "local" } as const;

/** A mistake of the user or of the machine is one message; a stack means that we made one. */
function reported<T>(work: (context: T) => Promise<void>): (context: T) => Promise<void> {
  return async (context) => {
    try {
      await work(context);
    } catch (error) {
      if (!(error instanceof SetupFailed || error instanceof CommandFailed)) throw error;
      console.error(`✗ ${error.message}`);
      process.exit(1);
    }
  };
}

const setupCommand = defineCommand({
  meta: { name: "setup", description: "Get the engine, its plugins, Docker and the images" },
  args: { stack },
  run: reported(async ({ args }) => {
    await setup(args.stack);
  }),
});

const testToolsCommand = defineCommand({
  meta: { name: "test-tools", description: "Get what only the tests need" },
  run: reported(async () => {
    await Promise.all([engineWithPlugins(), testTools()]);
  }),
});

const envCommand = defineCommand({
  meta: { name: "env", description: "Print export lines for plain pulumi and slipway commands" },
  run: reported(async () => {
    console.log(exports(await environment(await engine())));
  }),
});

const upCommand = defineCommand({
  meta: { name: "up", description: "Set up what is missing, then pulumi up" },
  args: { stack },
  run: reported(async ({ args }) => {
    const env = await ready(args.stack);
    // `make preview` is there for those who want to see first.
    process.exitCode = await showPulumi(["up", "--yes", "--skip-preview", "--stack", args.stack], env);
    if (process.exitCode === 0) console.log(await summary(args.stack, env));
  }),
});

const previewCommand = defineCommand({
  meta: { name: "preview", description: "Show what up would change" },
  args: { stack },
  run: reported(async ({ args }) => {
    const env = await environment(await setup(args.stack));
    await selectStack(args.stack, env);
    process.exitCode = await showPulumi(["preview", "--stack", args.stack], env);
  }),
});

const healCommand = defineCommand({
  meta: { name: "heal", description: "Mend what a killed pulumi up left behind" },
  args: { stack },
  run: reported(async ({ args }) => {
    await ready(args.stack);
  }),
});

const downCommand = defineCommand({
  meta: { name: "down", description: "Remove what up made; backups stay" },
  args: { stack },
  run: reported(async ({ args }) => {
    const env = await ready(args.stack);
    const backups = await backupFolders(args.stack, env);
    process.exitCode = await showPulumi(["destroy", "--yes", "--stack", args.stack], env);
    if (process.exitCode !== 0) return;
    // Without --preserve-config the engine would delete the stack's tracked settings.
    await pulumi(["stack", "rm", "--yes", "--preserve-config", "--stack", args.stack], env);
    for (const folder of backups) console.log(`Backups are kept in ${folder}`);
  }),
});

/** Everything in place, the stack there, and nothing left over from a killed run. */
async function ready(name: string): Promise<Environment> {
  const env = await environment(await setup(name));
  await selectStack(name, env);
  await healStack(name, env);
  return env;
}

const main = defineCommand({
  meta: { name: "toolchain", description: "Sets this machine up for Slipway" },
  subCommands: {
    setup: setupCommand,
    "test-tools": testToolsCommand,
    env: envCommand,
    up: upCommand,
    preview: previewCommand,
    heal: healCommand,
    down: downCommand,
  },
});

await runMain(main);
