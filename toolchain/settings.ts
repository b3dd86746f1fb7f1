import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readYaml } from "../settings/stack-files.ts";
import { repository } from "./paths.ts";
import { SetupFailed } from "./setup-failed.ts";
import type { StockImage } from "./stock-images.ts";
import { stockImages, tag } from "./stock-images.ts";

/** Name of the Pulumi project. @throws UnreadableFile */
export function projectName(folder = repository): string {
  return (read(join(folder, "Pulumi.yaml")) as { name: string }).name;
}

/** @throws SetupFailed for a stack without a file: a mistyped name would make an empty stack */
export function refuseUnknown(stack: string, folder = repository): void {
  if (existsSync(join(folder, `Pulumi.${stack}.yaml`))) return;
  const known = readdirSync(folder)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
  throw new SetupFailed(
    `STACK: there is no Pulumi.${stack}.yaml, got ${stack}; allowed ${known.join(", ")}`,
    `name one of these, or write Pulumi.${stack}.yaml`,
  );
}

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
}

/** A stack without settings, or without a host, needs neither engine nor images. @throws UnreadableFile */
export function stackNeeds(stack: string, folder = repository): StackNeeds {
  const settings = read(join(folder, `Pulumi.${stack}.yaml`)) as { config?: Record<string, unknown> | null };
  const config = settings.config ?? {};
  const { "slipway:host": host, "slipway:stockImages": named } = config;
  const { kind } = (host ?? {}) as { kind?: string };
  const references = Object.values((named ?? {}) as Record<string, string>);
  return {
    docker: kind === "local",
    serves: kind !== undefined && kind !== "local",
    images: stockImages.filter(({ name }) => references.includes(tag(name))),
    github: "slipway:repository" in config || "slipway:environment" in config,
  };
}

const read = (file: string): object => (existsSync(file) ? readYaml(file) : {});
