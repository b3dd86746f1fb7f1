import type { ServerWritableStream, UntypedServiceImplementation } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type * as language from "@pulumi/pulumi/proto/language_pb.js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { serve, unary } from "../grpc/serve.ts";
import { decode } from "../grpc/values.ts";
import { about, installDependencies, programDependencies } from "./dependencies.ts";
import { stopAll } from "./program.ts";
import { requiredPackages } from "./required-packages.ts";
import { run } from "./run.ts";
import { runPlugin } from "./run-plugin.ts";

/**
 * pulumi-language-nodejs, for machines that cannot download the vendor's: starts programs and plugins for the engine.
 * Bundled into one file, because the engine starts it for every preview and loading many modules is what takes time.
 */

/** The vendor's host of the CLI version that this one stands in for; set when it is bundled. */
const version = process.env.SLIPWAY_ENGINE_VERSION ?? "0.0.0";

let engine = process.argv.slice(2).findLast((argument) => !argument.startsWith("-")) ?? "";

// Code generation (generateProgram, generateProject, generatePackage, pack, link) is left out: gRPC answers UNIMPLEMENTED.
const implementation: UntypedServiceImplementation = {
  handshake: unary((request: language.LanguageHandshakeRequest) => {
    engine = request.getEngineAddress();
    return new messages.LanguageHandshakeResponse();
  }),
  getPluginInfo: unary(() => new plugins.PluginInfo().setVersion(version)),
  getRequiredPackages: unary((request: language.GetRequiredPackagesRequest) => {
    const packages = requiredPackages(request.getInfo()?.getProgramDirectory() ?? process.cwd());
    return new messages.GetRequiredPackagesResponse().setPackagesList(
      packages.map(({ name, version, server }) =>
        new plugins.PackageDependency().setName(name).setVersion(version).setServer(server).setKind("resource"),
      ),
    );
  }),
  run: unary((request: language.RunRequest, cancelled) => run(request, engine, cancelled)),
  runPlugin: (call: ServerWritableStream<language.RunPluginRequest, language.RunPluginResponse>) => {
    void runPlugin(call, engine);
  },
  installDependencies: (
    call: ServerWritableStream<language.InstallDependenciesRequest, language.InstallDependenciesResponse>,
  ) => {
    void installDependencies(call);
  },
  about: unary(about),
  getProgramDependencies: unary(programDependencies),
  template: unary(() => new messages.TemplateResponse()),
  runtimeOptionsPrompts: unary((request: language.RuntimeOptionsRequest) => prompts(request)),
  cancel: unary(async () => {
    await stopAll();
    return new empty.Empty();
  }),
};

function prompts(request: language.RuntimeOptionsRequest): language.RuntimeOptionsResponse {
  const response = new messages.RuntimeOptionsResponse();
  if ("packagemanager" in decode(request.getInfo()?.getOptions())) return response;
  const { RuntimeOptionPrompt: Prompt } = messages;
  const choice = (name: string) =>
    new Prompt.RuntimeOptionValue().setPrompttype(Prompt.RuntimeOptionType.STRING).setStringvalue(name);
  return response.setPromptsList([
    new Prompt()
      .setKey("packagemanager")
      .setDescription("The package manager to use for installing dependencies")
      .setPrompttype(Prompt.RuntimeOptionType.STRING)
      .setChoicesList(["npm", "pnpm", "yarn", "bun"].map(choice))
      .setDefault(choice("npm")),
  ]);
}

void serve(services.LanguageRuntimeService, implementation, stopAll);
