import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { credentials } from "@grpc/grpc-js";
import clients from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/engine_pb.js";
import { encode } from "../grpc/values.ts";

/** Arguments that start node with its inspector, for `--attach-debugger`. */
export async function debuggerArguments(): Promise<{ port: number; args: string[] }> {
  const port = await new Promise<number>((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port: free } = probe.address() as AddressInfo;
      probe.close(() => {
        resolve(free);
      });
    });
  });
  return { port, args: [`--inspect-brk=${port}`, "--inspect-publish-uid=http"] };
}

/** Tells the engine where a debugger may attach. */
export function announceDebugger(engine: string, port: number, processId: number, name: string): Promise<void> {
  const client = new clients.EngineClient(engine, credentials.createInsecure());
  const request = new messages.StartDebuggingRequest()
    .setMessage(`on process id ${processId} and port ${port}`)
    .setConfig(
      encode({
        name,
        type: "node",
        request: "attach",
        processId,
        port,
        continueOnAttach: true,
        skipFiles: ["<node_internals>/**"],
      }),
    );
  return new Promise((resolve) => {
    client.startDebugging(request, () => {
      client.close();
      resolve();
    });
  });
}
