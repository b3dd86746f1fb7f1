import type { ChildProcess } from "node:child_process";
import type { RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb.js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import { decode } from "../grpc/values.ts";
import { debuggerArguments, announceDebugger } from "./debugger.ts";
import { runtimeEnvironment, runtimeOptions } from "./options.ts";
import { locateModule, runNode } from "./program.ts";

/** The SDK ends with this code when it has already told the user what is wrong. */
const toldTheUser = 32;
const outOfMemoryWords = /JavaScript heap out of memory|Fatal process out of memory/;

/** Run: one update's program, from the engine's request to its verdict. */
export async function run(request: RunRequest, engine: string, cancelled: AbortSignal): Promise<RunResponse> {
  try {
    return verdict(await start(request, engine, cancelled));
  } catch (error) {
    return new messages.RunResponse().setError(error instanceof Error ? error.message : String(error));
  }
}

async function start(request: RunRequest, engine: string, cancelled: AbortSignal) {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() ?? request.getPwd();
  const options = runtimeOptions(decode(info?.getOptions()));
  const port = request.getAttachDebugger() ? await debuggerArguments() : undefined;
  const args = [
    ...options.nodeargs,
    ...(port?.args ?? []),
    locateModule(process.env.PULUMI_LANGUAGE_NODEJS_RUN_PATH ?? "@pulumi/pulumi/cmd/run", directory),
    ...programArguments(request, engine, directory),
  ];
  let outOfMemory = false;
  const ended = await runNode(args, {
    env: {
      ...process.env,
      ...runtimeEnvironment(options),
      PULUMI_CONFIG: JSON.stringify(configuration(request)),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
    // The program writes straight into the engine's pipe: nothing of it can be lost or reordered here.
    stdio: ["ignore", "inherit", "pipe"],
    cancelled,
    started: (child: ChildProcess) => {
      child.stderr?.on("data", (chunk: Buffer) => {
        process.stderr.write(chunk);
        outOfMemory ||= outOfMemoryWords.test(chunk.toString());
      });
      if (port) void announceDebugger(engine, port.port, child.pid ?? 0, "Pulumi: Program (nodejs)");
    },
  });
  return { ...ended, outOfMemory };
}

function programArguments(request: RunRequest, engine: string, directory: string): string[] {
  const info = request.getInfo();
  const flags = {
    monitor: request.getMonitorAddress(),
    engine,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": info?.getRootDirectory(),
    stack: request.getStack(),
    pwd: directory,
    parallel: String(request.getParallel()),
  };
  return [
    ...Object.entries(flags).flatMap(([flag, value]) => (value ? [`--${flag}`, value] : [])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info?.getEntryPoint() ?? request.getProgram(),
    ...request.getArgsList(),
  ];
}

/** The SDK reads keys as `<namespace>:config:<name>`. */
function configuration(request: RunRequest): Record<string, string> {
  return Object.fromEntries(
    request
      .getConfigMap()
      .toArray()
      .map(([key, value]) => {
        const parts = key.split(":");
        return [parts.length === 2 ? parts.join(":config:") : key, value];
      }),
  );
}

function verdict(ended: { code: number | null; signal: string | null; outOfMemory: boolean }): RunResponse {
  const response = new messages.RunResponse();
  if (ended.code === 0) return response;
  if (ended.code === toldTheUser) return response.setBail(true);
  if (ended.code === null)
    return response.setError(`Program exited unexpectedly: signal: ${ended.signal ?? "unknown"}`);
  const hint = ended.outOfMemory
    ? ". Detected a possible out of memory error. Consider increasing the memory available to the nodejs process by " +
      "setting the `nodeargs` runtime option in Pulumi.yaml to `nodeargs: --max-old-space-size=<size>` where `<size>` " +
      "is the maximum memory in megabytes that can be allocated to nodejs."
    : "";
  return response.setError(`Program exited with non-zero exit code: ${ended.code}${hint}`);
}
