import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ServerWritableStream } from "@grpc/grpc-js";
import type {
  AboutRequest,
  AboutResponse,
  GetProgramDependenciesRequest,
  GetProgramDependenciesResponse,
  InstallDependenciesRequest,
  InstallDependenciesResponse,
} from "@pulumi/pulumi/proto/language_pb.js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import { toStatus } from "../grpc/serve.ts";
import { decode } from "../grpc/values.ts";
import { runtimeOptions } from "./options.ts";

/** Longest `npm install`, in milliseconds. */
const installMs = 30 * 60_000;
/** Longest `npm --version`, in milliseconds. */
const versionMs = 20_000;

/** `pulumi install`. */
export async function installDependencies(
  call: ServerWritableStream<InstallDependenciesRequest, InstallDependenciesResponse>,
): Promise<void> {
  const say = (text: string | Buffer): void => {
    call.write(new messages.InstallDependenciesResponse().setStdout(Buffer.from(text)));
  };
  try {
    const info = call.request.getInfo();
    const directory = info?.getProgramDirectory() ?? call.request.getDirectory();
    const { packagemanager } = runtimeOptions(decode(info?.getOptions()));
    say("Installing dependencies...\n\n");
    await new Promise<void>((resolve, reject) => {
      const child = spawn(packagemanager, ["install"], {
        cwd: directory,
        stdio: ["ignore", "pipe", "pipe"],
        timeout: installMs,
      });
      call.on("cancelled", () => child.kill());
      child.stdout.on("data", say);
      child.stderr.on("data", (chunk: Buffer) => {
        call.write(new messages.InstallDependenciesResponse().setStderr(chunk));
      });
      child.once("error", reject);
      child.once("close", (code) => {
        if (code === 0) resolve();
        else reject(new Error(`${packagemanager} install failed with exit code ${code ?? "unknown"}`));
      });
    });
    say("Finished installing dependencies\n\n");
    call.end();
  } catch (error) {
    call.emit("error", toStatus(error));
  }
}

/** `pulumi about`: what runs the program. */
export async function about(request: AboutRequest): Promise<AboutResponse> {
  const { packagemanager } = runtimeOptions(decode(request.getInfo()?.getOptions()));
  const response = new messages.AboutResponse().setExecutable(process.execPath).setVersion(process.version);
  response.getMetadataMap().set("packagemanager", packagemanager);
  const version = await promisify(execFile)(packagemanager, ["--version"], { timeout: versionMs }).catch(
    () => undefined,
  );
  if (version) response.getMetadataMap().set("packagemanagerVersion", version.stdout.trim());
  return response;
}

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

interface Lock {
  readonly packages?: Record<string, { version?: string; link?: boolean }>;
}

/** From `package-lock.json`, so that nothing has to run. Not transitive: just what the program itself names. */
export function programDependencies(request: GetProgramDependenciesRequest): GetProgramDependenciesResponse {
  const directory = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
  const { dependencies, devDependencies } = readJson(join(directory, "package.json")) as Manifest;
  const named = new Set(Object.keys({ ...dependencies, ...devDependencies }));
  const { packages = {} } = readJson(join(directory, "package-lock.json")) as Lock;
  const wanted = Object.entries(packages)
    .map(([path, { version = "" }]) => ({ path, version, name: path.replace(/^.*node_modules\//, "") }))
    .filter(({ path }) => path.startsWith("node_modules/"))
    .filter(
      ({ path, name }) => request.getTransitivedependencies() || (named.has(name) && path === `node_modules/${name}`),
    );
  return new messages.GetProgramDependenciesResponse().setDependenciesList(
    wanted.map(({ name, version }) => new messages.DependencyInfo().setName(name).setVersion(version)),
  );
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
