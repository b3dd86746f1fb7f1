import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import services, { type ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as provider from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { decode, encode, secret, unknownValue, type Properties } from "../../../toolchain/offline/grpc/values.ts";
import { call, PluginProcess } from "./plugin-process.ts";

/** The contract of the vendor's plugin for `command.local.Command`, as far as the engine can see it. */
const urn = "urn:pulumi:local::shop::command:local:Command::build";
const plugin = new PluginProcess<ResourceProviderClient>("toolchain/offline/providers/command/main.ts", {
  SLIPWAY_PLUGIN_VERSION: "1.2.1",
});

beforeAll(async () => {
  await plugin.start(services.ResourceProviderClient, { FROM_OUTSIDE: "inherited" });
});
afterAll(() => {
  plugin.stop();
});

async function check(inputs: Properties, of = urn) {
  const { client } = plugin;
  const answer = await call<provider.CheckResponse>(
    client,
    "check",
    new messages.CheckRequest().setUrn(of).setNews(encode(inputs)),
  );
  return {
    inputs: decode(answer.getInputs()),
    failures: answer.getFailuresList().map((failure) => [failure.getProperty(), failure.getReason()]),
  };
}

async function create(inputs: Properties, preview = false, timeout = 0, of = urn) {
  const { client } = plugin;
  const request = new messages.CreateRequest()
    .setUrn(of)
    .setProperties(encode(inputs))
    .setPreview(preview)
    .setTimeout(timeout);
  const answer = await call<provider.CreateResponse>(client, "create", request);
  return { id: answer.getId(), state: decode(answer.getProperties()) };
}

async function update(olds: Properties, news: Properties) {
  const { client } = plugin;
  const request = new messages.UpdateRequest().setUrn(urn).setOlds(encode(olds)).setNews(encode(news));
  return decode((await call<provider.UpdateResponse>(client, "update", request)).getProperties());
}

async function remove(state: Properties) {
  const { client } = plugin;
  await call(client, "delete", new messages.DeleteRequest().setUrn(urn).setProperties(encode(state)));
}

async function diff(before: Properties, after: Properties) {
  const { client } = plugin;
  const request = new messages.DiffRequest().setUrn(urn).setOldInputs(encode(before)).setNews(encode(after));
  const answer = await call<provider.DiffResponse>(client, "diff", request);
  const detailed: Record<string, number> = {};
  answer.getDetaileddiffMap().forEach((detail, path) => {
    detailed[path] = detail.getKind();
  });
  return {
    changed: answer.getChanges() === messages.DiffResponse.DiffChanges.DIFF_SOME,
    properties: answer.getDiffsList(),
    replaces: answer.getReplacesList(),
    detailed,
  };
}

const file = (name: string) => join(plugin.folder, name);
const read = (name: string) => readFileSync(file(name), "utf8");

describe("create", () => {
  test("runs the command and keeps inputs and output, without the last line break", async () => {
    const { id, state } = await create({ create: "echo out; echo err >&2" });
    expect(id).toMatch(/^build[0-9a-f]{8}$/);
    expect(state).toEqual({ create: "echo out; echo err >&2", stdout: "out", stderr: "err" });
  });

  test("gives it stdin, environment, folder and interpreter", async () => {
    const { state } = await create({
      create: 'printf "%s " "$(cat)" "$GREETING" "$FROM_OUTSIDE" "$PWD" "$0"',
      stdin: "from stdin",
      environment: { GREETING: "hello" },
      dir: plugin.folder,
      interpreter: ["bash", "-c"],
    });
    expect(state.stdout).toBe(`from stdin hello inherited ${plugin.folder} bash `);
  });

  test("runs nothing in a preview, and says that the output is not known yet", async () => {
    const { state } = await create({ create: `touch ${file("previewed")}` }, true);
    expect(state).toMatchObject({ stdout: unknownValue, stderr: unknownValue });
    expect(existsSync(file("previewed"))).toBe(false);
  });

  test("fails with exit status, command and everything that it printed", async () => {
    await expect(create({ create: "echo out; echo err >&2; exit 3" })).rejects.toThrow(
      /exit status 3: running "echo out; echo err >&2; exit 3":\n(out\nerr|err\nout)\n/,
    );
  });

  test("does not mind a command that leaves its stdin alone", async () => {
    expect((await create({ create: "true", stdin: "x".repeat(1 << 20) })).state.stdout).toBe("");
  });

  test("ends a command that takes longer than the resource may", async () => {
    await expect(create({ create: "sleep 60 & wait" }, false, 0.2)).rejects.toThrow("timed out after 0.2 s");
  });
});

describe("update and delete", () => {
  test("run their own commands, and know what was printed before", async () => {
    const inputs = {
      create: "echo created",
      update: 'echo "updated after $PULUMI_COMMAND_STDOUT"',
      delete: `echo "deleted after $PULUMI_COMMAND_STDOUT" > ${file("deleted")}`,
    };
    const { state } = await create(inputs);
    const updated = await update(state, inputs);
    expect(updated.stdout).toBe("updated after created");
    await remove(updated);
    expect(read("deleted")).toBe("deleted after updated after created\n");
  });

  test("an update without a command of its own creates again", async () => {
    const { state } = await create({ create: "echo one" });
    expect((await update(state, { create: "echo two" })).stdout).toBe("two");
  });

  test("addPreviousOutputInEnv: false keeps what was printed to itself", async () => {
    const inputs = { create: 'echo "[$PULUMI_COMMAND_STDOUT]"', addPreviousOutputInEnv: false };
    const { state } = await create(inputs);
    expect((await update(state, inputs)).stdout).toBe("[]");
  });

  test("a delete that fails is an error", async () => {
    await expect(remove({ delete: "exit 7", stdout: "", stderr: "" })).rejects.toThrow("exit status 7");
  });
});

describe("diff", () => {
  const before = { create: "make", environment: { A: "1", B: "2" }, triggers: ["x", "y"] };
  const { ADD, DELETE, UPDATE, UPDATE_REPLACE } = messages.PropertyDiff.Kind;

  test("nothing changed", async () => {
    expect(await diff(before, before)).toMatchObject({ changed: false, properties: [], replaces: [] });
  });

  test("another trigger replaces", async () => {
    expect(await diff(before, { ...before, triggers: ["x", "z"] })).toEqual({
      changed: true,
      properties: ["triggers"],
      replaces: ["triggers"],
      detailed: { "triggers[1]": UPDATE_REPLACE },
    });
  });

  test("anything else updates, named to the last part", async () => {
    const after = { ...before, create: "make all", environment: { A: "1", C: "3" } };
    expect(await diff(before, after)).toMatchObject({
      changed: true,
      replaces: [],
      detailed: { create: UPDATE, "environment.B": DELETE, "environment.C": ADD },
    });
  });

  test("a value that becomes secret is the same value", async () => {
    expect(await diff({ stdin: "x" }, { stdin: secret("x") })).toMatchObject({ changed: false });
  });
});

describe("secrets", () => {
  test.each(["stdin", "create", "environment"])("in %s make the output secret, and stay secret", async (input) => {
    const plain: Properties = { create: 'cat; echo "$TOKEN"', stdin: "s3cret", environment: { TOKEN: "t0ken" } };
    const marked = { ...plain, [input]: secret(plain[input] ?? "") };
    const { state } = await create(marked);
    expect(state).toEqual({ ...marked, stdout: secret("s3crett0ken"), stderr: secret("") });
  });

  test("inside a map are found", async () => {
    const { state } = await create({ create: 'echo "$TOKEN"', environment: { TOKEN: secret("t0ken") } });
    expect(state.stdout).toEqual(secret("t0ken"));
  });
});

describe("check", () => {
  test("fills in the default and drops what was null", async () => {
    expect(await check({ create: "make", dir: null })).toEqual({
      inputs: { create: "make", addPreviousOutputInEnv: true },
      failures: [],
    });
  });

  test.each([
    [{ creat: "make" }, "creat", /is not an input of command:local:Command. Allowed: create, update/],
    [{ create: ["make"] }, "create", /must be a string/],
    [{ environment: { A: 1 } }, "environment", /must be a map of strings/],
    [{ logging: "loud" }, "logging", /must be one of stdout, stderr, stdoutAndStderr, none, got "loud"/],
    [{ assetPaths: ["*"] }, "assetPaths", /not supported by this stand-in.*Fix: /],
  ])("refuses %o", async (inputs, property, reason) => {
    const { failures } = await check(inputs);
    expect(failures).toEqual([[property, expect.stringMatching(reason)]]);
  });

  test("takes what is not known yet as right", async () => {
    expect((await check({ create: unknownValue, environment: { A: unknownValue } })).failures).toEqual([]);
  });

  test("says which plugin has the other resources", async () => {
    await expect(check({}, "urn:pulumi:local::shop::command:remote:Command::x")).rejects.toThrow(
      /UNIMPLEMENTED: command:remote:Command: not provided.*Fix: install the vendor's plugin/,
    );
  });
});

describe("while a command runs", () => {
  test("its lines are shown beside the resource as they come", async () => {
    const gate = file("gate");
    const running = create({ create: `echo first; while [ ! -e ${gate} ]; do sleep 0.02; done; echo second >&2` });
    const shown = () => plugin.engine.lines.filter((line) => line.urn === urn).map(({ text }) => text);
    await vi.waitFor(() => {
      expect(shown()).toContain("first");
    });
    expect(shown()).not.toContain("second");
    await create({ create: `touch ${gate}` });
    await running;
    await vi.waitFor(() => {
      expect(shown()).toContain("second");
    });
  });

  test.each([
    ["none", []],
    ["stdout", ["quiet out"]],
    ["stderr", ["quiet err"]],
  ])("logging: %s shows %o", async (logging, expected) => {
    plugin.engine.lines.length = 0;
    await create({ create: "echo quiet out; echo quiet err >&2", logging });
    await create({ create: "echo end of the log" });
    await vi.waitFor(() => {
      expect(plugin.engine.lines.at(-1)?.text).toBe("end of the log");
    });
    expect(plugin.engine.lines.slice(0, -1).map(({ text }) => text)).toEqual(expected);
  });

  /** Runs a command whose own child would outlive it, and gives both process ids. */
  async function family(name: string) {
    const running = create({
      create: `sleep 60 & echo "$$ $!" > ${file(name)}.part; mv ${file(name)}.part ${file(name)}; wait`,
    });
    const ended = running.then(
      () => "ended well",
      (error: unknown) => String(error),
    );
    await vi.waitFor(() => {
      expect(existsSync(file(name))).toBe(true);
    });
    return { ended, pids: read(name).trim().split(" ").map(Number) };
  }

  test("Cancel ends it and everything that it started", async () => {
    const { ended, pids } = await family("cancelled");
    const { client } = plugin;
    await call(client, "cancel", new empty.Empty());
    expect(await ended).toMatch(/signal: (SIGTERM|terminated)/);
    await vi.waitFor(() => {
      expect(pids.filter(isAlive)).toEqual([]);
    });
  });

  test("the engine's death ends it too, and the plugin", async () => {
    const { pids } = await family("orphaned");
    const exited = once(plugin.process, "exit");
    plugin.process.stdin?.end();
    await exited;
    await vi.waitFor(() => {
      expect(pids.filter(isAlive)).toEqual([]);
    });
  });
});

/** A process that has ended but was not waited for counts as ended. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
