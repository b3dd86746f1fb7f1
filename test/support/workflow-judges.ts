import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { judges } from "../../toolchain/judges.ts";

const run = promisify(execFile);

/** Asks one judge about files. Resolves with one line a finding. */
export type Judge = (files: readonly string[]) => Promise<string[]>;

let folder: Promise<string> | undefined;

/** Where the tools are; made if they are not there. */
export const judgesFolder = (): Promise<string> => (folder ??= judges());

async function ask(program: string, args: readonly string[]): Promise<{ stdout: string; code: number }> {
  const bin = await judgesFolder();
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ""}` };
  try {
    const { stdout } = await run(join(bin, program), args, { env, maxBuffer: 64 * 1024 * 1024 });
    return { stdout, code: 0 };
  } catch (error) {
    const { stdout = "", code, message } = error as { stdout?: string; code?: number; message: string };
    // A judge that could not judge is no judge without findings.
    if (typeof code !== "number" || stdout === "") throw new Error(message, { cause: error });
    return { stdout, code };
  }
}

/**
 * What a judge is known to be wrong about, each by the words of its finding. A test holds that each is still found, so that a judge that has
 * learned is listened to again.
 */
export const recordedDisagreements: readonly {
  readonly judge: string;
  readonly words: RegExp;
  readonly because: string;
}[] = [
  {
    judge: "actionlint",
    words: /^unexpected key "queue" for "concurrency" section/,
    because: "rhysd/actionlint#657: 1.7.12 does not know concurrency.queue; our own rule checks its values",
  },
];

/** With shellcheck for the `run` steps. It names files from where it is. */
export const actionlint: Judge = async (files) => {
  const { stdout } = await ask("actionlint", ["-format", "{{json .}}", ...files]);
  const found = JSON.parse(stdout) as { filepath: string; line: number; message: string }[];
  return found.map(({ filepath, line, message }) => `${resolve(filepath)}:${line}: ${message}`);
};

export const zizmor: Judge = async (files) => {
  const { stdout } = await ask("zizmor", [
    "--offline",
    "--persona=auditor",
    "--no-progress",
    "--format=json",
    ...files,
  ]);
  const found = JSON.parse(stdout) as {
    ident: string;
    desc: string;
    locations: { symbolic: { key: { Local?: { verbatim_path: string } } } }[];
  }[];
  return found.map(
    ({ ident, desc, locations }) => `${locations[0]?.symbolic.key.Local?.verbatim_path ?? ""}: ${ident}: ${desc}`,
  );
};

const schema = JSON.parse(readFileSync(join(import.meta.dirname, "schemas", "github-workflow.json"), "utf8")) as object;
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

/** SchemaStore's, as check-jsonschema 0.39.0 ships it. */
export const jsonSchema: Judge = (files) =>
  Promise.resolve(
    files.flatMap((file) =>
      validate(parse(readFileSync(file, "utf8")))
        ? []
        : (validate.errors ?? []).map(({ instancePath, message }) => `${file}: ${instancePath} ${message ?? ""}`),
    ),
  );

/** GitHub's own, in a process of its own because it needs a hook in Node. */
export const languageService: Judge = async (files) => {
  const here = (file: string) => join(import.meta.dirname, file);
  const { stdout } = await run(process.execPath, [
    "--import",
    here("json-modules.ts"),
    here("language-service.ts"),
    ...files,
  ]);
  return JSON.parse(stdout) as string[];
};
