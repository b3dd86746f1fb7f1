import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  credentials,
  Server,
  ServerCredentials,
  type Client,
  type ClientReadableStream,
  type ServiceError,
} from "@grpc/grpc-js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { bundle } from "../../../toolchain/offline/bundle.ts";
import { slipwayFolder } from "../../../lib/folders.ts";

/** What the engine is to a plugin: somebody who listens to its log. */
export class FakeEngine {
  readonly lines: { urn: string; text: string }[] = [];
  private readonly server = new Server();
  address = "";

  async start(): Promise<this> {
    this.server.addService(engineServices.EngineService, {
      log: (call: { request: LogRequest }, done: (error: null, answer: unknown) => void) => {
        this.lines.push({ urn: call.request.getUrn(), text: call.request.getMessage() });
        done(null, new empty.Empty());
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      });
    });
    this.address = `127.0.0.1:${port}`;
    return this;
  }

  stop(): void {
    this.server.forceShutdown();
  }
}

/** A bundled plugin in a process of its own, as the engine runs it. */
export class PluginProcess<C extends Client> {
  readonly folder = mkdtempSync(join(tmpdir(), "slipway-plugin-"));
  readonly engine = new FakeEngine();
  private readonly entry: string;
  private readonly define: Record<string, string>;
  process!: ChildProcess;
  client!: C;
  /** What the process itself printed after its port. */
  output = "";

  constructor(entry: string, define: Record<string, string>) {
    this.entry = join(slipwayFolder, entry);
    this.define = define;
  }

  async start(
    Client: new (address: string, channel: ReturnType<typeof credentials.createInsecure>) => C,
    env: NodeJS.ProcessEnv = {},
  ): Promise<this> {
    const file = join(this.folder, "plugin");
    await bundle(this.entry, file, this.define);
    await this.engine.start();
    this.process = spawn(process.execPath, [file, this.engine.address], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, ...env },
    });
    const [port] = (await once(this.process.stdout ?? this.process, "data")) as [Buffer];
    this.process.stdout?.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    this.client = new Client(`127.0.0.1:${Number(port.toString())}`, credentials.createInsecure());
    return this;
  }

  stop(): void {
    this.client.close();
    this.process.kill("SIGKILL");
    this.engine.stop();
    rmSync(this.folder, { recursive: true });
  }
}

/** Calls a method that gives one answer. */
export function call<Answer>(client: Client, method: string, request: unknown): Promise<Answer> {
  const methods = client as unknown as Record<string, Method<Answer>>;
  return new Promise((resolve, reject) => {
    methods[method]?.call(client, request, (error, answer) => {
      if (error) reject(error);
      else resolve(answer);
    });
  });
}

type Method<Answer> = (request: unknown, done: (error: ServiceError | null, answer: Answer) => void) => unknown;

/** Collects a stream of answers. */
export async function collect<T>(stream: ClientReadableStream<T>): Promise<T[]> {
  const answers: T[] = [];
  for await (const answer of stream) answers.push(answer as T);
  return answers;
}
