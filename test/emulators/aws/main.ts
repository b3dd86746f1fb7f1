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
import { awsTypes } from "../../../lib/aws/inputs.ts";
import { extracted, misfits, type Extract } from "./extracted.ts";
import { deploy, lookAtService, text, type Ended } from "./ecs.ts";
import { InitFailed } from "./init-failed.ts";
import { replacedBy } from "./replaced-by.ts";
import { nameOf, toldOf } from "./told.ts";
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

const within = (min: number, max: number) => (value: unknown) => Number(value) >= min && Number(value) <= max;

/** Values of which the vendor's plugin knows that AWS takes no others. */
const limits: readonly (readonly [path: readonly string[], isRight: (value: unknown) => boolean, allowed: string])[] = [
  [
    ["metadataOptions", "httpTokens"],
    (value) => ["required", "optional"].includes(String(value)),
    "required or optional",
  ],
  [["metadataOptions", "httpPutResponseHopLimit"], within(1, 64), "1 to 64"],
  [
    ["deploymentConfiguration", "strategy"],
    (value) => ["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"].includes(String(value)),
    "ROLLING, BLUE_GREEN, LINEAR or CANARY",
  ],
  [["deploymentConfiguration", "bakeTimeInMinutes"], within(0, 1_440), "0 to 1440"],
  [["deploymentConfiguration", "linearConfiguration", "stepPercent"], within(3, 100), "3 to 100"],
  [["deploymentConfiguration", "canaryConfiguration", "canaryPercent"], within(0.1, 100), "0.1 to 100"],
];

function refusals(urn: string, inputs: Properties): string[] {
  const beyond = limits.flatMap(([path, isRight, allowed]) => {
    const value = path.reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], inputs);
    return value === undefined || isUnknown(value) || isRight(value) ? [] : [`${path.join(".")}: expected ${allowed}`];
  });
  return [...misfits(inputs, shapeOf(urn), "", isUnknown), ...beyond];
}

/** Inputs with what AWS tells beside; in a preview of what is not there yet nobody knows it. */
function outputsOf(urn: string, inputs: Properties, told: Properties | undefined): Properties {
  const names = toldOf(typeOf(urn), inputs, world);
  const unknown = () => Object.fromEntries(names.map((name) => [name, unknownValue]));
  const known = told === undefined ? unknown() : Object.fromEntries(names.map((name) => [name, told[name] ?? ""]));
  return { ...inputs, ...known };
}

const plain = (struct: Parameters<typeof decode>[0]) => unwrap(decode(struct)) as Properties;

/** Where it is in the world: revisions of a task definition have one id. */
const keyOf = (urn: string, id: string, outputs: Properties) =>
  typeOf(urn) === awsTypes.taskDefinition ? text(outputs.arn) : id;

/** What the vendor's bridge compares: not the inputs of before, but what it recorded as done, planned or not. */
const recorded = (outputs: Properties, inputs: Properties, news: Properties) =>
  Object.fromEntries(Object.entries(outputs).filter(([name]) => name in news || name in inputs));

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
    const news = plain(request.getNews());
    const found = changes(recorded(plain(request.getOlds()), plain(request.getOldInputs()), news), news);
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
      return new messages.CreateResponse().setProperties(encode(outputsOf(urn, inputs, undefined)));
    }
    const type = typeOf(urn);
    const { key, id, told } = nameOf(type, inputs, world);
    if (world.thing(key) !== undefined) throw new RpcError(status.ALREADY_EXISTS, `${key} is there already`);
    world.put(key, { type, id, inputs, told });
    const outputs = outputsOf(urn, inputs, told);
    if (type === awsTypes.ecsService) halfDone(id, deploy(world, key, inputs, undefined), outputs);
    return new messages.CreateResponse().setId(id).setProperties(encode(outputs));
  }),

  update: unary((request: provider.UpdateRequest) => {
    const [urn, id, inputs, olds] = [
      request.getUrn(),
      request.getId(),
      plain(request.getNews()),
      plain(request.getOlds()),
    ];
    const key = keyOf(urn, id, olds);
    const told = world.thing(key)?.told ?? {};
    const outputs = outputsOf(urn, inputs, told);
    const found = changes(recorded(olds, plain(request.getOldInputs()), inputs), inputs);
    if (request.getPreview()) return new messages.UpdateResponse().setProperties(encode(outputs));
    // What is recorded as done is not sent again; that it was never done shows only as it is read afterwards.
    if (found.length === 0) {
      const there = outputsOf(urn, world.find(key) ?? inputs, told);
      return new messages.UpdateResponse().setProperties(encode(there));
    }
    const before = world.find(key);
    world.change(key, inputs);
    if (typeOf(urn) === awsTypes.ecsService) halfDone(id, deploy(world, key, inputs, before), outputs);
    return new messages.UpdateResponse().setProperties(encode(outputs));
  }),

  read: unary((request: provider.ReadRequest) => {
    const key = keyOf(request.getUrn(), request.getId(), plain(request.getProperties()));
    const found = world.thing(key);
    // An empty id says that it is gone.
    if (found === undefined) return new messages.ReadResponse();
    const outputs = outputsOf(request.getUrn(), found.inputs, found.told);
    return new messages.ReadResponse()
      .setId(request.getId())
      .setInputs(encode(found.inputs))
      .setProperties(encode(outputs));
  }),

  delete: unary((request: provider.DeleteRequest) => {
    const olds = plain(request.getProperties());
    const key = keyOf(request.getUrn(), request.getId(), olds);
    if (olds.skipDestroy === true) return new empty.Empty();
    const user = world.userOf(key);
    if (user !== undefined) throw new RpcError(status.UNKNOWN, `${key} is in use by ${user}`);
    world.remove(key);
    return new empty.Empty();
  }),

  invoke: unary((request: provider.InvokeRequest) => {
    if (request.getTok() !== "aws:ecs/getService:getService")
      throw new RpcError(status.UNIMPLEMENTED, `${request.getTok()}: not modelled`);
    const found = lookAtService(world, plain(request.getArgs()));
    if (found === undefined) throw new RpcError(status.NOT_FOUND, "reading ECS Service: couldn't find resource");
    return new messages.InvokeResponse().setReturn(encode(found));
  }),
};

/** @throws InitFailed that says what is recorded all the same */
function halfDone(id: string, { problem }: Ended, outputs: Properties): void {
  if (problem !== undefined) throw new InitFailed(id, outputs, problem);
}

void serve(services.ResourceProviderService, implementation);
