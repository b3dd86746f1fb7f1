import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import services, { type LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type * as language from "@pulumi/pulumi/proto/language_pb.js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { encode, type Properties } from "../../../toolchain/offline/grpc/values.ts";
import { slipwayFolder } from "../../../lib/folders.ts";
import { requiredPackages } from "../../../toolchain/offline/language-host/required-packages.ts";
import { call, collect, PluginProcess } from "./plugin-process.ts";

/** The contract of the vendor's Node.js language host. `@pulumi/pulumi/cmd/run` is replaced by a runner that tells what it was given. */
const folder = mkdtempSync(join(tmpdir(), "slipway-language-"));
const runner = join(folder, "runner.cjs");
const told = join(folder, "told.json");
const plugin = new PluginProcess<LanguageRuntimeClient>("toolchain/offline/language-host/main.ts", {
  SLIPWAY_ENGINE_VERSION: "3.250.0",
});

beforeAll(async () => {
  writeFileSync(
    runner,
    `const { writeFileSync } = require("node:fs");
    const { PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS, PULUMI_NODEJS_TYPESCRIPT } = process.env;
    const env = { PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS, PULUMI_NODEJS_TYPESCRIPT };
    const program = process.argv.find((argument) => argument.startsWith("do:"));
    const tell = () => writeFileSync(${JSON.stringify(told)}, JSON.stringify({ args: process.argv.slice(2), env, execArgv: process.execArgv }));
    if (program !== "do:wait") tell();
    if (program === "do:print") console.log("from the program");
    if (program === "do:exit-1") process.exit(1);
    if (program === "do:exit-32") process.exit(32);
    if (program === "do:crash") process.kill(process.pid, "SIGKILL");
    if (program === "do:memory") { console.error("FATAL ERROR: JavaScript heap out of memory"); process.exitCode = 134; }
    if (program === "do:wait") {
      setInterval(() => undefined, 1000);
      process.on("SIGINT", () => { process.exit(32); });
      tell();
    }`,
  );
  await plugin.start(services.LanguageRuntimeClient, { PULUMI_LANGUAGE_NODEJS_RUN_PATH: runner });
});
afterAll(() => {
  plugin.stop();
  rmSync(folder, { recursive: true });
});

function programInfo(options: Properties = {}, directory = folder) {
  return new messages.ProgramInfo()
    .setRootDirectory(directory)
    .setProgramDirectory(directory)
    .setEntryPoint("index.ts")
    .setOptions(encode(options));
}

function run(program: string, change: (request: language.RunRequest) => void = () => undefined) {
  const request = new messages.RunRequest()
    .setProject("shop")
    .setStack("local")
    .setMonitorAddress("127.0.0.1:1")
    .setParallel(16)
    .setInfo(programInfo())
    .setArgsList([`do:${program}`]);
  request.getConfigMap().set("shop:version", "1.0.0");
  request.setConfigsecretkeysList(["shop:token"]);
  change(request);
  return call<language.RunResponse>(plugin.client, "run", request);
}
const whatWasTold = () =>
  JSON.parse(readFileSync(told, "utf8")) as { args: string[]; env: Record<string, string>; execArgv: string[] };

describe("Run", () => {
  test("starts the program with the engine's addresses, the stack and its configuration", async () => {
    const response = await run("nothing", (request) => request.setDryrun(true));
    expect([response.getError(), response.getBail()]).toEqual(["", false]);
    const { args, env } = whatWasTold();
    expect(args).toEqual([
      ...[
        "--monitor",
        "127.0.0.1:1",
        "--engine",
        plugin.engine.address,
        "--project",
        "shop",
        "--root-directory",
        folder,
      ],
      ...["--stack", "local", "--pwd", folder, "--parallel", "16", "--dry-run", "index.ts", "do:nothing"],
    ]);
    expect(JSON.parse(env.PULUMI_CONFIG ?? "")).toEqual({ "shop:config:version": "1.0.0" });
    expect(JSON.parse(env.PULUMI_CONFIG_SECRET_KEYS ?? "")).toEqual(["shop:token"]);
    expect(env.PULUMI_NODEJS_TYPESCRIPT).toBe("true");
  });

  test("an update is no dry run; options reach node and the SDK", async () => {
    const options = { typescript: false, nodeargs: '--stack-size=2000 --title="a b"' };
    await run("nothing", (request) => request.setInfo(programInfo(options)));
    const { args, env, execArgv } = whatWasTold();
    expect(args).not.toContain("--dry-run");
    expect(execArgv).toEqual(["--stack-size=2000", "--title=a b"]);
    expect(env.PULUMI_NODEJS_TYPESCRIPT).toBeUndefined();
  });

  test("hands on what the program prints before it answers", async () => {
    await run("print");
    await vi.waitFor(() => {
      expect(plugin.output).toContain("from the program\n");
    });
  });

  test.each([
    ["exit-1", "Program exited with non-zero exit code: 1", false],
    ["exit-32", "", true],
    ["crash", "Program exited unexpectedly: signal: SIGKILL", false],
    ["memory", "Program exited with non-zero exit code: 134. Detected a possible out of memory error.", false],
  ])("%s", async (program, error, bail) => {
    const response = await run(program);
    expect(response.getError().slice(0, error.length || undefined)).toBe(error);
    expect(response.getBail()).toBe(bail);
  });

  test.each([
    [{ typescript: "yes" }, "typescript option must be a boolean"],
    [{ packagemanager: "apt" }, 'packagemanager option must be one of auto, npm, yarn, pnpm or bun, got "apt"'],
  ])("refuses %o", async (options, error) => {
    const response = await run("nothing", (request) => request.setInfo(programInfo(options)));
    expect(response.getError()).toBe(error);
  });

  test("an interrupt of the engine reaches the program, which ends in its own way", async () => {
    rmSync(told, { force: true });
    const running = run("wait");
    await vi.waitFor(() => {
      expect(whatWasTold().args).toContain("do:wait");
    });
    await call(plugin.client, "cancel", new empty.Empty());
    expect((await running).getBail()).toBe(true);
  });
});

describe("the other questions", () => {
  test("which plugins the program needs: those of its packages", async () => {
    const request = new messages.GetRequiredPackagesRequest().setInfo(programInfo({}, slipwayFolder));
    const answer = await call<language.GetRequiredPackagesResponse>(plugin.client, "getRequiredPackages", request);
    const found = answer.getPackagesList().map((item) => `${item.getKind()} ${item.getName()} ${item.getVersion()}`);
    expect(found.sort()).toEqual(["resource command v1.2.1", "resource docker v5.2.0", "resource github v6.15.0"]);
  });

  test("packages that others bring along count, and packages without Pulumi cost nothing", () => {
    const write = (path: string, manifest: object): void => {
      mkdirSync(join(folder, path), { recursive: true });
      writeFileSync(join(folder, path, "package.json"), JSON.stringify(manifest));
    };
    const sdk = { "@pulumi/pulumi": "3" };
    write("app", { dependencies: { parts: "1", zod: "4" } });
    write("app/node_modules/parts", { name: "parts", dependencies: { ...sdk, "@pulumi/cloud": "2", other: "1" } });
    write("app/node_modules/@pulumi/cloud", {
      name: "@pulumi/cloud",
      version: "2.0.1",
      dependencies: sdk,
      pulumi: { resource: true },
    });
    write("app/node_modules/other", {
      version: "1.0.0",
      dependencies: sdk,
      pulumi: { resource: true, name: "theirs", version: "v1.2.3", server: "https://example.com" },
    });
    write("app/node_modules/zod", { name: "zod", dependencies: { "not-installed": "1" } });
    expect(requiredPackages(join(folder, "app"))).toEqual([
      { name: "cloud", version: "v2.0.1", server: "" },
      { name: "theirs", version: "v1.2.3", server: "https://example.com" },
    ]);
  });

  test("its version is the CLI's", async () => {
    const info = await call<PluginInfo>(plugin.client, "getPluginInfo", new empty.Empty());
    expect(info.getVersion()).toBe("3.250.0");
  });

  test("what the program depends on, from its lock", async () => {
    const request = new messages.GetProgramDependenciesRequest().setInfo(programInfo({}, slipwayFolder));
    const answer = await call<language.GetProgramDependenciesResponse>(
      plugin.client,
      "getProgramDependencies",
      request,
    );
    const found = answer.getDependenciesList().map((item) => `${item.getName()} ${item.getVersion()}`);
    expect(found).toContain("@pulumi/pulumi 3.250.0");
    expect(found.some((line) => line.startsWith("protobufjs "))).toBe(false);
  });
});

describe("RunPlugin", () => {
  const pack = join(folder, "pack");
  function installSdk(runners: Record<string, string>): void {
    mkdirSync(join(pack, "node_modules/@pulumi/pulumi/cmd"), { recursive: true });
    writeFileSync(join(pack, "package.json"), "{}");
    for (const [name, text] of Object.entries(runners)) {
      writeFileSync(join(pack, "node_modules/@pulumi/pulumi/cmd", `${name}.js`), text);
    }
  }
  const runPlugin = async (kind: string, args: string[], directory = pack) => {
    const request = new messages.RunPluginRequest()
      .setKind(kind)
      .setPwd(folder)
      .setArgsList(args)
      .setEnvList(["TOLD=a=b"])
      .setInfo(programInfo({}, directory));
    const parts = await collect(plugin.client.runPlugin(request));
    const text = (bytes: (string | Uint8Array)[]) => Buffer.concat(bytes.map((part) => Buffer.from(part))).toString();
    return {
      stdout: text(parts.filter((part) => part.hasStdout()).map((part) => part.getStdout())),
      stderr: text(parts.filter((part) => part.hasStderr()).map((part) => part.getStderr())),
    };
  };
  const tell = `console.log(__filename.split("/").pop(), process.argv.slice(2).join(" "), process.env.TOLD, process.cwd()); console.error("aside");`;

  test("starts a policy pack with the engine's address first, in its own folder", async () => {
    installSdk({ "run-policy-pack": tell });
    expect(await runPlugin("analyzer", ["127.0.0.1:7"])).toEqual({
      stdout: `run-policy-pack.js 127.0.0.1:7 ${pack} a=b ${pack}\n`,
      stderr: "aside\n",
    });
  });

  test("starts a provider with its own folder first, where the engine is", async () => {
    installSdk({ "run-plugin": tell });
    expect((await runPlugin("resource", ["127.0.0.1:7"])).stdout).toBe(
      `run-plugin.js ${pack} 127.0.0.1:7 a=b ${folder}\n`,
    );
  });

  test("says how it ended when it failed", async () => {
    installSdk({ "run-plugin": "process.exit(3)" });
    await expect(runPlugin("resource", [])).rejects.toThrow("Program exited with non-zero exit code: 3");
  });

  test("says so when the SDK is not installed", async () => {
    await expect(runPlugin("resource", [], folder)).rejects.toThrow(
      /SDK has not been installed. Have you run npm install/,
    );
  });
});

test("the engine's death ends the language host and the program", async () => {
  rmSync(told, { force: true });
  void run("wait").catch(() => undefined);
  await vi.waitFor(() => {
    expect(whatWasTold().args).toContain("do:wait");
  });
  const exited = once(plugin.process, "exit");
  plugin.process.stdin?.end();
  expect(await exited).toEqual([0, null]);
});
