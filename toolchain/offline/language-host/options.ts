import type { Properties } from "../grpc/values.ts";

/** `runtime.options` of Pulumi.yaml, as the vendor's host understands them. */
export interface RuntimeOptions {
  /** Compile with ts-node. Default true, as the vendor's; programs for Node's own type stripping turn it off. */
  readonly typescript: boolean;
  readonly tsconfig: string | undefined;
  /** Arguments for node itself. */
  readonly nodeargs: string[];
  readonly packagemanager: "npm" | "yarn" | "pnpm" | "bun";
}

/** @throws Error for an option of the wrong shape */
export function runtimeOptions(options: Properties): RuntimeOptions {
  const { typescript = true, tsconfig, nodeargs = "", packagemanager = "auto" } = options;
  if (typeof typescript !== "boolean") throw new Error("typescript option must be a boolean");
  if (tsconfig !== undefined && typeof tsconfig !== "string") throw new Error("tsconfig option must be a string");
  if (typeof nodeargs !== "string") throw new Error("nodeargs option must be a string");
  return { typescript, tsconfig, nodeargs: splitWords(nodeargs), packagemanager: manager(packagemanager) };
}

function manager(name: unknown): RuntimeOptions["packagemanager"] {
  switch (name) {
    case "auto":
      return "npm";
    case "npm":
    case "yarn":
    case "pnpm":
    case "bun":
      return name;
    default:
      throw new Error(`packagemanager option must be one of auto, npm, yarn, pnpm or bun, got ${JSON.stringify(name)}`);
  }
}

/** Splits as a shell would: blanks separate, quotes and backslashes keep together. */
function splitWords(line: string): string[] {
  const words = line.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
      (_, escaped?: string, double?: string, single?: string) =>
        escaped ?? single ?? double?.replace(/\\(.)/g, "$1") ?? "",
    ),
  );
}

/** Variables that the SDK's runners read. */
export function runtimeEnvironment(options: RuntimeOptions): NodeJS.ProcessEnv {
  return {
    ...(options.typescript && { PULUMI_NODEJS_TYPESCRIPT: "true" }),
    ...(options.tsconfig !== undefined && { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
  };
}
