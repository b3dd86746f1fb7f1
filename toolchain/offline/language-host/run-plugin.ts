import type { ServerWritableStream } from "@grpc/grpc-js";
import type { RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb.js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import { toStatus } from "../grpc/serve.ts";
import { decode } from "../grpc/values.ts";
import { announceDebugger, debuggerArguments } from "./debugger.ts";
import { runtimeEnvironment, runtimeOptions } from "./options.ts";
import { locateModule, runNode } from "./program.ts";

type Call = ServerWritableStream<RunPluginRequest, RunPluginResponse>;

/** RunPlugin: policy packs and providers that are themselves TypeScript. */
export async function runPlugin(call: Call, engine: string): Promise<void> {
  const abort = new AbortController();
  call.on("cancelled", () => {
    abort.abort();
  });
  try {
    const { code, signal } = await start(call, engine, abort.signal);
    if (signal !== null) throw new Error(`Program exited unexpectedly: signal: ${signal}`);
    if (code !== 0) throw new Error(`Program exited with non-zero exit code: ${code ?? "unknown"}`);
    call.end();
  } catch (error) {
    call.emit("error", toStatus(error));
  }
}

async function start(call: Call, engine: string, cancelled: AbortSignal) {
  const { request } = call;
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() ?? request.getProgram();
  const analyzer = request.getKind() === "analyzer";
  const options = runtimeOptions(decode(info?.getOptions()));
  const port = request.getAttachDebugger() ? await debuggerArguments() : undefined;
  const runner = analyzer ? "@pulumi/pulumi/cmd/run-policy-pack" : "@pulumi/pulumi/cmd/run-plugin";
  const args = [
    ...(port?.args ?? []),
    ...options.nodeargs,
    locateModule(runner, directory),
    // A policy pack wants the engine's address first, every other plugin its own folder.
    ...(analyzer ? [...request.getArgsList(), directory] : [directory, ...request.getArgsList()]),
  ];
  return runNode(args, {
    cwd: analyzer ? directory : request.getPwd(),
    env: { ...environment(request.getEnvList()), ...runtimeEnvironment(options) },
    stdio: ["ignore", "pipe", "pipe"],
    cancelled,
    started: (child) => {
      child.stdout?.on("data", (chunk: Buffer) => call.write(new messages.RunPluginResponse().setStdout(chunk)));
      child.stderr?.on("data", (chunk: Buffer) => call.write(new messages.RunPluginResponse().setStderr(chunk)));
      if (port) void announceDebugger(engine, port.port, child.pid ?? 0, `Pulumi: Plugin (${request.getName()})`);
    },
  });
}

/** `KEY=value` lines, as the engine sends its environment. */
function environment(lines: string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
