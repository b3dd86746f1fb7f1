import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { env } from "node:process";
import { doorsFolder } from "./behind.ts";

/** Where things are; the variables are for tests and for running beside a proxy without containers. */
export interface Paths {
  readonly config: string;
  /** What the keeper of the certificate is told. */
  readonly keeperConfig: string;
  readonly run: string;
  readonly state: string;
  readonly socket: string;
  /** The controller's secret files. */
  readonly secrets: string;
  /** Of a front and those behind it. */
  readonly doors: string;
  /** The volume that `keep-secrets` writes. */
  readonly secretFiles: string;
}

/** A configuration: what the container was given in the variable, or the file, where it runs without containers. */
export const configurationText = async (variable: string, path: string): Promise<string> =>
  env[variable] ?? (await readFile(path, "utf8"));

export function pathsFrom(variables: Readonly<Record<string, string | undefined>> = env): Paths {
  const run = variables.SLIPWAY_RUN_FOLDER ?? "/run/slipway";
  return {
    config: variables.SLIPWAY_CONTROLLER_CONFIG ?? "/etc/slipway/controller.json",
    keeperConfig: variables.SLIPWAY_KEEPER_CONFIG ?? "/etc/slipway/certificates.json",
    run,
    state: variables.SLIPWAY_STATE_FOLDER ?? "/var/lib/slipway",
    socket: join(run, "controller.sock"),
    secrets: variables.SLIPWAY_NOTICES_FOLDER ?? "/run/secrets/notices",
    doors: variables.SLIPWAY_DOORS_FOLDER ?? doorsFolder,
    secretFiles: variables.SLIPWAY_SECRET_FILES_FOLDER ?? "/secrets",
  };
}

/** Socket of the proxy in a place, on the volume that controller and proxies share. */
export const placeSocket = (runFolder: string, place: number | string, kind: "admin" | "answer" | "master"): string =>
  join(runFolder, `proxy-${place}.${kind}.sock`);

/** Among the controller's secret files. */
export const previewSecretFile = "preview-secret";

/** The file that says in which places a proxy may run; each place's container waits for it (`proxy.sh`). */
export const placesPath = (runFolder: string): string => join(runFolder, "proxies");

/** Where the controller serves `/metrics`, at its address in the stack's own network. */
export const metricsPort = 9413;
