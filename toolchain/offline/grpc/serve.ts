import { fstatSync } from "node:fs";
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import type {
  Metadata,
  sendUnaryData,
  ServerUnaryCall,
  ServiceDefinition,
  ServiceError,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";

/** The engine's own limit: a stack's values may be large. In bytes. */
const maxMessageBytes = 400 * 1024 * 1024;
/** For servers and clients: a stack's values may be large. */
export const messageLimits = {
  "grpc.max_receive_message_length": maxMessageBytes,
  "grpc.max_send_message_length": maxMessageBytes,
};

/** An error with a gRPC status. Plain errors become `UNKNOWN`, as in the vendor's plugins. */
export class RpcError extends Error {
  readonly code: status;
  /** Details beside the message. @default none */
  readonly metadata?: Metadata;
  constructor(code: status, message: string) {
    super(message);
    this.code = code;
  }
}

/** Turns an async function into a gRPC handler; what it throws goes to the engine as message, without a stack. */
export function unary<Req, Res>(
  handle: (request: Req, cancelled: AbortSignal) => Promise<Res> | Res,
): (call: ServerUnaryCall<Req, Res>, done: sendUnaryData<Res>) => void {
  return (call, done) => {
    const abort = new AbortController();
    call.on("cancelled", () => {
      abort.abort();
    });
    new Promise<Res>((resolve) => {
      resolve(handle(call.request, abort.signal));
    }).then(
      (result) => {
        done(null, result);
      },
      (error: unknown) => {
        done(toStatus(error));
      },
    );
  };
}

/** An error as gRPC sends it. */
export function toStatus(error: unknown): Partial<ServiceError> {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof RpcError)) return { code: status.UNKNOWN, details: message };
  const { code, metadata } = error;
  return { code, details: message, ...(metadata ? { metadata } : {}) };
}

/**
 * What every plugin process shares: a gRPC server on a free loopback port that ends with the engine that started it.
 *
 * Serves on a free port and prints it, which is how the engine learns it.
 * @param stop called once when the engine is gone or asks to end; the process exits when it has settled.
 */
export async function serve(
  service: ServiceDefinition,
  implementation: UntypedServiceImplementation,
  stop: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const server = new Server(messageLimits);
  server.addService(service, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  process.stdout.write(`${port}\n`);

  let stopping = false;
  const end = (): void => {
    if (stopping) return;
    stopping = true;
    void stop().finally(() => process.exit(0));
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  // The engine holds the other end of stdin: it closes even when the engine is killed.
  const stdin = fstatSync(0);
  if (stdin.isFIFO() || stdin.isSocket()) {
    process.stdin.on("end", end).resume();
  }
}
