import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Client, credentials, Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { sendUnaryData, ServerUnaryCall, ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { mendedLabel } from "../lib/releases/mending.ts";

/** What `docker <kind> inspect` knows. */
export type DockerKind = "container" | "image" | "network" | "volume";

const kinds: Readonly<Record<string, DockerKind>> = {
  "docker:index/container:Container": "container",
  "docker:index/remoteImage:RemoteImage": "image",
  "docker:index/network:Network": "network",
  "docker:index/volume:Volume": "volume",
};

export interface Found {
  /** The id that the provider gives to it. */
  readonly id: string;
  /** The value of its `mendedLabel`; empty without one. */
  readonly mended: string;
}

export interface AdoptingProviderArgs {
  /** The real plugin. */
  readonly plugin: string;
  /** Asks a host, by its Docker address, for an object; undefined if there is none of that name. */
  readonly find: (host: string, kind: DockerKind, name: string) => Promise<Found | undefined>;
  /** Is told each object that was taken over. */
  readonly adopted: (kind: DockerKind, name: string) => void;
}

/** Values of a stack may be large, in bytes. */
const maxMessageBytes = 400 * 1024 * 1024;
const limits = {
  "grpc.max_receive_message_length": maxMessageBytes,
  "grpc.max_send_message_length": maxMessageBytes,
};

type Call = ServerUnaryCall<Buffer, Buffer>;
const whole = (bytes: Buffer): Buffer => bytes;

/** Everything but what streams, as bytes: nearly all of it is only handed on. */
const service: ServiceDefinition = Object.fromEntries(
  Object.entries(services.ResourceProviderService as ServiceDefinition)
    .filter(([, { responseStream }]) => !responseStream)
    .map(([name, method]) => {
      const asBytes = { requestSerialize: whole, requestDeserialize: whole };
      return [name, { ...method, ...asBytes, responseSerialize: whole, responseDeserialize: whole }];
    }),
);

/**
 * The Docker provider for an update that adopts. It hands every call on to the real plugin, except that what is to be created and is there
 * already, by its name, is read instead. An object that the state knows is neither changed nor deleted.
 *
 * So the state gets what the program declares beside what the host has, as after a creation, which `pulumi import` can't do: it takes only
 * what can be read back, and the next update would replace whatever has more.
 *
 * @returns the port on which the engine finds it, and how to end it
 */
export async function startAdoptingProvider(args: AdoptingProviderArgs): Promise<{ port: number; stop: () => void }> {
  /** The engine makes a connection for each host. */
  const plugins = new Map<string, Promise<Plugin>>();
  const pluginOf = (call: Call): Promise<Plugin> => {
    const known = plugins.get(call.getPeer()) ?? Plugin.start(args.plugin);
    plugins.set(call.getPeer(), known);
    return known;
  };
  const own: Readonly<Record<string, (plugin: Plugin, request: Buffer) => Promise<Uint8Array>>> = {
    configure: (plugin, request) => {
      plugin.host = hostIn(request);
      return plugin.ask("configure", request);
    },
    check: (plugin, request) => check(plugin, request, args),
    create: (plugin, request) => create(plugin, request, args),
    update: () => Promise.reject(new Refused("would be changed, and adopting changes nothing")),
    delete: () => Promise.reject(new Refused("would be deleted, and adopting deletes nothing")),
  };
  const implementation: UntypedServiceImplementation = Object.fromEntries(
    Object.keys(service).map((name) => [
      name,
      (call: Call, done: sendUnaryData<Buffer>) => {
        pluginOf(call)
          .then((plugin) => own[name]?.(plugin, call.request) ?? plugin.ask(name, call.request))
          .then(
            (answer) => {
              done(null, Buffer.from(answer));
            },
            (error: unknown) => {
              done(
                error instanceof Refused
                  ? { code: status.FAILED_PRECONDITION, details: error.message }
                  : (error as Error),
              );
            },
          );
      },
    ]),
  );
  const server = new Server(limits);
  server.addService(service, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  const stop = () => {
    server.forceShutdown();
    for (const plugin of plugins.values())
      void plugin.then((one) => {
        one.stop();
      });
  };
  return { port, stop };
}

class Refused extends Error {}

/** The real plugin, in a process of its own. */
class Plugin {
  /** The Docker address that it was configured with. */
  host = "";
  readonly #client: Client;
  /** Ends the process. */
  readonly stop: () => void;

  private constructor(port: string, stop: () => void) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), limits);
    this.stop = stop;
  }

  /** It says its port on its first line; without an argument it waits for the engine's address. */
  static async start(program: string): Promise<Plugin> {
    const child = spawn(program, { stdio: ["ignore", "pipe", "ignore"] });
    const [port] = (await Promise.race([
      once(createInterface({ input: child.stdout }), "line"),
      once(child, "exit").then(() => {
        throw new Error(`${program}: ended before it served`);
      }),
    ])) as string[];
    return new Plugin(port ?? "", () => {
      child.kill();
    });
  }

  ask(name: string, request: Uint8Array): Promise<Buffer> {
    const path = service[name]?.path ?? "";
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(path, whole, whole, Buffer.from(request), (error, answer) => {
        if (error) reject(error);
        else resolve(answer ?? Buffer.alloc(0));
      });
    });
  }
}

function hostIn(request: Buffer): string {
  const { host } = (messages.ConfigureRequest.deserializeBinary(request).getArgs()?.toJavaScript() ?? {}) as {
    host?: unknown;
  };
  return typeof host === "string" ? host : "";
}

/** What a request says of an object, and what its host has under that name. */
async function findDeclared(
  { host }: Plugin,
  request: { getUrn: () => string },
  declared: structs.Struct | undefined,
  { find }: AdoptingProviderArgs,
) {
  const kind = kinds[request.getUrn().split("::")[2]?.split("$").at(-1) ?? ""];
  const { name } = (declared?.toJavaScript() ?? {}) as { name?: unknown };
  if (kind === undefined || typeof name !== "string") return undefined;
  const found = await find(host, kind, name);
  return found && { ...found, kind, name };
}

/** The program declares the mark of a mend only where it mends; without it the next update would make the object anew. */
async function check(plugin: Plugin, bytes: Buffer, args: AdoptingProviderArgs): Promise<Uint8Array> {
  const request = messages.CheckRequest.deserializeBinary(bytes);
  const declared = request.getNews();
  const labels = declared?.getFieldsMap().get("labels")?.getListValue();
  const { mended = "" } = labels ? ((await findDeclared(plugin, request, declared, args)) ?? {}) : {};
  if (mended !== "") {
    const label = structs.Struct.fromJavaScript({ label: mendedLabel, value: mended });
    labels?.addValues(new structs.Value().setStructValue(label));
  }
  return plugin.ask("check", request.serializeBinary());
}

async function create(plugin: Plugin, bytes: Buffer, args: AdoptingProviderArgs): Promise<Uint8Array> {
  const request = messages.CreateRequest.deserializeBinary(bytes);
  const declared = request.getProperties();
  const there = request.getPreview() ? undefined : await findDeclared(plugin, request, declared, args);
  if (there === undefined || declared === undefined) return plugin.ask("create", bytes);
  const { id, kind, name } = there;
  const question = new messages.ReadRequest().setId(id).setUrn(request.getUrn());
  question.setProperties(declared).setInputs(declared);
  const found = messages.ReadResponse.deserializeBinary(await plugin.ask("read", question.serializeBinary()));
  if (found.getId() === "") return plugin.ask("create", bytes);
  args.adopted(kind, name);
  const properties = found.getProperties();
  // A list that the provider computes and finds empty has to be there, or the next update takes it for unknown and makes another container.
  const variables = properties?.getFieldsMap();
  if (kind === "container" && !variables?.get("envs")?.hasListValue())
    variables?.set("envs", new structs.Value().setListValue(new structs.ListValue()));
  return new messages.CreateResponse().setId(found.getId()).setProperties(properties).serializeBinary();
}
