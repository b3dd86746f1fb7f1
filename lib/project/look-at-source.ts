import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { inherit, isRoot, readDockerfile, readImage, type ImageFacts } from "./image-facts.ts";
import { readProcfile, type Processes } from "./procfile.ts";

/** What could be seen of where a service's image comes from. */
export interface Seen {
  /** @default nobody could look */
  readonly facts: ImageFacts | undefined;
  /** Number of the user that it names, where the image tells it. */
  readonly userNumber: string | undefined;
  /** What was looked at. */
  readonly source: string;
  /** What runs beside what serves. @default nothing names it */
  readonly processes?: Processes | undefined;
}

/** Longest answer of the engine, and longest pull, in ms. */
const [askMs, pullMs] = [20_000, 300_000];

/** @param folder one with a Dockerfile, which is read; what it begins with is asked for if this machine has it */
export async function lookAtBuild(folder: string): Promise<Seen> {
  const { facts: own, base } = readDockerfile(await readFile(join(folder, "Dockerfile"), "utf8"));
  const inherited = base === undefined ? undefined : await inspect(base);
  const facts = inherited === undefined ? own : inherit(own, inherited);
  const procfile = await readFile(join(folder, "Procfile"), "utf8").catch(() => undefined);
  const processes = procfile === undefined ? undefined : readProcfile(procfile);
  return { facts, userNumber: await numberOf(facts.user, base), source: "the Dockerfile", processes };
}

/** @param reference of an image, which is pulled unless this machine has it */
export async function lookAtImage(reference: string): Promise<Seen> {
  const facts =
    (await inspect(reference)) ??
    ((await docker(["pull", "--quiet", reference], pullMs)) === undefined ? undefined : await inspect(reference));
  const userNumber = facts === undefined ? undefined : await numberOf(facts.user, reference);
  return { facts, userNumber, source: "the image" };
}

const inspect = async (image: string): Promise<ImageFacts | undefined> => {
  const json = await docker(["image", "inspect", image]);
  return json === undefined ? undefined : readImage(json);
};

/** A number says itself; of a name only the image knows. */
async function numberOf(user: string, image: string | undefined): Promise<string | undefined> {
  if (isRoot(user)) return undefined;
  if (/^\d+(:\d+)?$/.test(user)) return user;
  const [name = ""] = user.split(":");
  if (image === undefined || (await docker(["image", "inspect", image])) === undefined) return undefined;
  const number = await docker(["run", "--rm", "--pull=never", "--network=none", "--entrypoint=id", image, "-u", name]);
  return number !== undefined && /^[1-9]\d*$/.test(number.trim()) ? number.trim() : undefined;
}

/** Undefined where it has no answer. */
const docker = (args: readonly string[], timeout = askMs): Promise<string | undefined> =>
  promisify(execFile)("docker", args, { timeout, maxBuffer: 16 << 20 }).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
