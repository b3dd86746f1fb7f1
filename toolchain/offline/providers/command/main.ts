import { credentials } from "@grpc/grpc-js";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as provider from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { RpcError, serve, unary } from "../../grpc/serve.ts";
import type { Change } from "../../grpc/values.ts";
import { changes, decode, encode } from "../../grpc/values.ts";
import { normalise, problems } from "./inputs.ts";
import * as command from "./local-command.ts";
import { stopAll } from "./run.ts";

/**
 * pulumi-resource-command, for machines that cannot download the vendor's: command:local:Command with its contract.
 * Written straight on the engine's protocol, so that secrets and unknowns are handled where one can see it, and bundled
 * into one file, because every preview starts it.
 */

const version = process.env.SLIPWAY_PLUGIN_VERSION ?? "0.0.0";
const localType = "command:local:Command";

const engineAddress = process.argv[2];
const engine =
  engineAddress === undefined
    ? undefined
    : new engineServices.EngineClient(engineAddress, credentials.createInsecure());

/** Shows a line beside the resource while it is worked on. */
function logger(urn: string): (text: string) => void {
  return (text) => {
    const request = new engineMessages.LogRequest()
      .setSeverity(engineMessages.LogSeverity.INFO)
      .setMessage(text)
      .setUrn(urn)
      .setEphemeral(true);
    engine?.log(request, () => undefined);
  };
}

function requireLocal(urn: string): void {
  const type = urn.split("::").at(2)?.split("$").at(-1) ?? "";
  if (type !== localType) {
    throw new RpcError(
      status.UNIMPLEMENTED,
      `${type}: not provided by this stand-in for the vendor's command plugin, which has only ${localType}. ` +
        "Fix: install the vendor's plugin with `pulumi plugin install resource command`",
    );
  }
}

const implementation: UntypedServiceImplementation = {
  getPluginInfo: unary(() => new plugins.PluginInfo().setVersion(version)),
  checkConfig: unary((request: provider.CheckRequest) => new messages.CheckResponse().setInputs(request.getNews())),
  diffConfig: unary(() => new messages.DiffResponse()),
  configure: unary(() => new messages.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true)),

  check: unary((request: provider.CheckRequest) => {
    requireLocal(request.getUrn());
    const inputs = normalise(decode(request.getNews()));
    return new messages.CheckResponse()
      .setInputs(encode(inputs))
      .setFailuresList(
        problems(inputs).map(({ property, reason }) =>
          new messages.CheckFailure().setProperty(property).setReason(reason),
        ),
      );
  }),

  diff: unary((request: provider.DiffRequest) => {
    requireLocal(request.getUrn());
    return difference(changes(decode(request.getOldInputs()), decode(request.getNews())));
  }),

  create: unary(async (request: provider.CreateRequest, cancelled) => {
    requireLocal(request.getUrn());
    const outputs = await command.create(decode(request.getProperties()), {
      preview: request.getPreview(),
      limit: request.getTimeout(),
      line: logger(request.getUrn()),
      cancelled,
    });
    return new messages.CreateResponse().setId(command.newId(request.getUrn())).setProperties(encode(outputs));
  }),

  update: unary(async (request: provider.UpdateRequest, cancelled) => {
    requireLocal(request.getUrn());
    const outputs = await command.update(decode(request.getOlds()), decode(request.getNews()), {
      preview: request.getPreview(),
      limit: request.getTimeout(),
      line: logger(request.getUrn()),
      cancelled,
    });
    return new messages.UpdateResponse().setProperties(encode(outputs));
  }),

  delete: unary(async (request: provider.DeleteRequest, cancelled) => {
    requireLocal(request.getUrn());
    await command.remove(decode(request.getProperties()), {
      preview: false,
      limit: request.getTimeout(),
      line: logger(request.getUrn()),
      cancelled,
    });
    return new empty.Empty();
  }),

  // A command has no existence of its own to look at: what is recorded is what there is.
  read: unary((request: provider.ReadRequest) =>
    new messages.ReadResponse()
      .setId(request.getId())
      .setProperties(request.getProperties())
      .setInputs(request.getInputs()),
  ),

  cancel: unary(async () => {
    await stopAll();
    return new empty.Empty();
  }),
};

const kinds = {
  add: [messages.PropertyDiff.Kind.ADD, messages.PropertyDiff.Kind.ADD_REPLACE],
  delete: [messages.PropertyDiff.Kind.DELETE, messages.PropertyDiff.Kind.DELETE_REPLACE],
  update: [messages.PropertyDiff.Kind.UPDATE, messages.PropertyDiff.Kind.UPDATE_REPLACE],
} as const;

/** Another trigger means a new command; any other change runs `update`. */
function difference(found: Change[]): provider.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse()
    .setChanges(found.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setHasdetaileddiff(true);
  for (const { path, kind } of found) {
    const root = /^[^.[]+/.exec(path)?.[0] ?? path;
    const replace = root === "triggers";
    response.addDiffs(root);
    if (replace) response.addReplaces(root);
    response
      .getDetaileddiffMap()
      .set(path, new messages.PropertyDiff().setKind(kinds[kind][replace ? 1 : 0]).setInputdiff(true));
  }
  return response;
}

void serve(services.ResourceProviderService, implementation, stopAll);
