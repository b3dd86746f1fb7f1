import { status, type UntypedServiceImplementation } from "@grpc/grpc-js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as provider from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { RpcError, serve, unary } from "../../../toolchain/offline/grpc/serve.ts";
import {
  changes,
  decode,
  encode,
  unknownValue,
  unwrap,
  type Properties,
} from "../../../toolchain/offline/grpc/values.ts";
import { extracted, misfits, type Extract } from "./extracted.ts";
import { replacedBy } from "./replaced-by.ts";
import { World } from "./world.ts";

/**
 * Stands in for the vendor's plugin `aws` in tests: inputs are held against what the vendor's package declares, what forces a replacement is a
 * reviewed table, and what is there lies in a file that a test may change. It knows no AWS, so it refuses to run anywhere else.
 */
const file = process.env.SLIPWAY_AWS_WORLD;
if (file === undefined) {
  process.stderr.write(
    "pulumi-resource-aws: this stands in for AWS in tests and deploys nothing; it needs SLIPWAY_AWS_WORLD\n",
  );
  process.exit(1);
}
const world = new World(file);

const typeOf = (urn: string) => urn.split("::").at(2)?.split("$").at(-1) ?? "";
const isUnknown = (value: unknown) => value === unknownValue;

function shapeOf(urn: string): Extract {
  const shape = extracted.types[typeOf(urn)];
  if (shape === undefined) throw new RpcError(status.UNIMPLEMENTED, `${typeOf(urn)}: not declared by extract.ts`);
  return shape;
}

/** Values of which the vendor's plugin knows that AWS takes no others. */
const limits: readonly (readonly [path: readonly string[], isRight: (value: unknown) => boolean, allowed: string])[] = [
  [
    ["metadataOptions", "httpTokens"],
    (value) => ["required", "optional"].includes(String(value)),
    "required or optional",
  ],
  [["metadataOptions", "httpPutResponseHopLimit"], (value) => Number(value) >= 1 && Number(value) <= 64, "1 to 64"],
];

function refusals(urn: string, inputs: Properties): string[] {
  const beyond = limits.flatMap(([path, isRight, allowed]) => {
    const value = path.reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], inputs);
    return value === undefined || isUnknown(value) || isRight(value) ? [] : [`${path.join(".")}: expected ${allowed}`];
  });
  return [...misfits(inputs, shapeOf(urn), "", isUnknown), ...beyond];
}

/** What AWS adds; in a preview nobody knows it. */
function outputsOf(urn: string, id: string, inputs: Properties, isPreview: boolean): Properties {
  if (typeOf(urn) !== "aws:ec2/eip:Eip") return inputs;
  return { ...inputs, publicIp: isPreview ? unknownValue : world.addressOf(id) };
}

const plain = (struct: Parameters<typeof decode>[0]) => unwrap(decode(struct)) as Properties;

const implementation: UntypedServiceImplementation = {
  getPluginInfo: unary(() => new plugins.PluginInfo().setVersion(extracted.version)),
  checkConfig: unary((request: provider.CheckRequest) => new messages.CheckResponse().setInputs(request.getNews())),
  diffConfig: unary(() => new messages.DiffResponse()),
  configure: unary(() => new messages.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true)),
  cancel: unary(() => new empty.Empty()),

  check: unary((request: provider.CheckRequest) => {
    const failures = refusals(request.getUrn(), plain(request.getNews()));
    return new messages.CheckResponse()
      .setInputs(request.getNews())
      .setFailuresList(failures.map((reason) => new messages.CheckFailure().setReason(reason)));
  }),

  diff: unary((request: provider.DiffRequest) => {
    const found = changes(plain(request.getOldInputs()), plain(request.getNews()));
    const roots = [...new Set(found.map(({ path }) => /^[^.[]+/.exec(path)?.[0] ?? path))];
    const replaces = found.filter(({ path }) => replacedBy(typeOf(request.getUrn()), path)).map(({ path }) => path);
    const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
    return new messages.DiffResponse()
      .setChanges(found.length > 0 ? DIFF_SOME : DIFF_NONE)
      .setDiffsList(roots)
      .setReplacesList(replaces);
  }),

  create: unary((request: provider.CreateRequest) => {
    const [urn, inputs] = [request.getUrn(), plain(request.getProperties())];
    if (request.getPreview()) {
      return new messages.CreateResponse().setProperties(encode(outputsOf(urn, "", inputs, true)));
    }
    const id = world.add(typeOf(urn), inputs);
    return new messages.CreateResponse().setId(id).setProperties(encode(outputsOf(urn, id, inputs, false)));
  }),

  update: unary((request: provider.UpdateRequest) => {
    const inputs = plain(request.getNews());
    if (!request.getPreview()) world.change(request.getId(), inputs);
    const outputs = outputsOf(request.getUrn(), request.getId(), inputs, false);
    return new messages.UpdateResponse().setProperties(encode(outputs));
  }),

  read: unary((request: provider.ReadRequest) => {
    const found = world.find(request.getId());
    // An empty id says that it is gone.
    if (found === undefined) return new messages.ReadResponse();
    const outputs = outputsOf(request.getUrn(), request.getId(), found, false);
    return new messages.ReadResponse().setId(request.getId()).setInputs(encode(found)).setProperties(encode(outputs));
  }),

  delete: unary((request: provider.DeleteRequest) => {
    const user = world.userOf(request.getId());
    if (user !== undefined) throw new RpcError(status.UNKNOWN, `${request.getId()} is in use by ${user}`);
    world.remove(request.getId());
    return new empty.Empty();
  }),
};

void serve(services.ResourceProviderService, implementation);
