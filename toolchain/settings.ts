import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { projectFolder, toolchainCommand } from "../lib/folders.ts";
import { readYaml } from "../settings/stack-files.ts";
import { selectedStack } from "../settings/selected-stack.ts";
import { pulumiHome } from "./paths.ts";
import { SetupFailed } from "./setup-failed.ts";
import type { StockImage } from "./stock-images.ts";
import { stockImages, tag } from "./stock-images.ts";

/** Name of the Pulumi project. @throws UnreadableFile */
export function projectName(folder = projectFolder): string {
  return (read(join(folder, "Pulumi.yaml")) as { name: string }).name;
}

/** @throws SetupFailed for a stack without a file: a mistyped name would make an empty stack */
export function refuseUnknown(stack: string, folder = projectFolder): void {
  if (existsSync(join(folder, `Pulumi.${stack}.yaml`))) return;
  const known = readdirSync(folder)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
  throw new SetupFailed(
    `stack: there is no Pulumi.${stack}.yaml, got ${stack}; allowed ${known.join(", ")}`,
    `name one of these, or write Pulumi.${stack}.yaml`,
  );
}

/**
 * The stack that a command means: the one that is named; else, where it does no harm, the selected one; else `local`.
 *
 * @throws SetupFailed where another stack is selected than the one that the command would change
 */
export function meantStack(command: string, named: string, folder = projectFolder): string {
  if (named !== "") {
    refuseUnknown(named, folder);
    return named;
  }
  const selected = selectedStack({ folder, name: projectName(folder) }, pulumiHome);
  const isMeant = command !== "setup" && selected !== undefined && existsSync(join(folder, `Pulumi.${selected}.yaml`));
  if (isMeant && selected !== usual && ["up", "down"].includes(command))
    throw new SetupFailed(
      `${toolchainCommand(command)}: the stack ${selected} is selected and none is named, so either may be meant`,
      `${toolchainCommand(command, { stack: selected })}, or ${toolchainCommand(command, { stack: usual })}`,
    );
  const meant = isMeant ? selected : usual;
  refuseUnknown(meant, folder);
  return meant;
}

/** The stack of a first `make up`. */
const usual = "local";

/** What a stack's settings say about this machine's set-up. The program checks them; this only reads. */
export interface StackNeeds {
  /** The stack's service runs on this machine's Docker engine. */
  readonly docker: boolean;
  /** It has a service on other machines than this one. */
  readonly serves: boolean;
  /** Images that only this set-up can provide. */
  readonly images: readonly StockImage[];
  /** The stack declares something on GitHub. */
  readonly github: boolean;
  /** The stack makes machines on AWS. */
  readonly aws: boolean;
}

/** Whatever declares something on GitHub: its own repository, environments, or repositories that it lists. */
const githubSections = ["repository", "environment", "environments", "repositories"].map((name) => `slipway:${name}`);

/** A stack without settings, or without a host, needs neither engine nor images. @throws UnreadableFile */
export function stackNeeds(stack: string, folder = projectFolder): StackNeeds {
  const settings = read(join(folder, `Pulumi.${stack}.yaml`)) as { config?: Record<string, unknown> | null };
  const config = settings.config ?? {};
  const { "slipway:host": host, "slipway:stockImages": named } = config;
  const { kind } = (host ?? {}) as { kind?: string };
  const references = Object.values((named ?? {}) as Record<string, string>);
  return {
    docker: kind === "local",
    serves: kind !== undefined && kind !== "local",
    images: stockImages.filter(({ name }) => references.includes(tag(name))),
    github: githubSections.some((section) => section in config),
    aws: "slipway:aws" in config,
  };
}

const read = (file: string): object => (existsSync(file) ? readYaml(file) : {});
