import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import github from "@pulumi/github/package.json" with { type: "json" };
import services, { type ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as provider from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { forOlderPlugin, inputAt, isOlderPlugin, missingInputs } from "../../../github/older-plugin.ts";
import { encode } from "../../../toolchain/offline/grpc/values.ts";
import { pulumiHome } from "../../../toolchain/paths.ts";
import { recordGitHub } from "../../support/github-program.ts";
import type { Recorded } from "../../support/recorder.ts";
import { call } from "./plugin-process.ts";

const hasOlder = isOlderPlugin(github.version, { PULUMI_HOME: pulumiHome });
const title = hasOlder
  ? "the plugin built from Go modules"
  : "the plugin built from Go modules (skipped: this machine has none, or the vendor's, which knows every input)";

describe.skipIf(!hasOlder)(title, () => {
  let plugin: ChildProcess;
  let client: ResourceProviderClient;
  let resources: readonly Recorded[];

  beforeAll(async () => {
    const main = {
      mergeKinds: ["merge"],
      requiredReviewers: [{ team: "platform", files: ["infra/**"] }],
    };
    resources = await recordGitHub({ hasOlderPlugin: true, repository: { branches: { main } } });
    const folder = join(pulumiHome, "plugins", `resource-github-v${github.version}`);
    plugin = spawn(join(folder, "pulumi-resource-github"), ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "ignore"] });
    const [port] = (await once(plugin.stdout ?? plugin, "data")) as [Buffer];
    client = new services.ResourceProviderClient(`127.0.0.1:${port.toString().trim()}`, credentials.createInsecure());
  });
  afterAll(() => {
    client.close();
    plugin.kill();
  });

  async function refused(type: string, inputs: Readonly<Record<string, unknown>>): Promise<string[]> {
    const request = new messages.CheckRequest()
      .setUrn(`urn:pulumi:a::b::${type}::c`)
      .setNews(encode(inputs as Parameters<typeof encode>[0]))
      .setRandomseed(new Uint8Array(32));
    const answer = await call<provider.CheckResponse>(client, "check", request);
    return answer.getFailuresList().map((failure) => failure.getReason());
  }

  test("knows everything that the program gives it, once the list has been applied", async () => {
    const ours = resources.filter(({ type }) => type.startsWith("github:"));
    expect(ours.length).toBeGreaterThan(20);
    for (const { type, inputs } of ours)
      expect(await refused(type, forOlderPlugin(type, inputs).inputs), type).toEqual([]);
  });

  test.each(missingInputs.map(({ resource, input }) => [resource, input] as const))(
    "does not know %s.%s, so it belongs on the list",
    async (resource, input) => {
      const found = resources.find(
        ({ type, inputs }) => type.endsWith(`:${resource}`) && inputAt(inputs, input) !== undefined,
      );
      expect(found, `${resource}.${input} is used`).toBeDefined();
      const { type = "", inputs = {} } = found ?? {};
      expect((await refused(type, inputs)).join()).toMatch(/invalid or unknown key/i);
    },
  );
});

test("what is renamed keeps its value, what is left out is named", () => {
  const { inputs, leftOut } = forOlderPlugin("github:index/actionsSecret:ActionsSecret", {
    secretName: "TOKEN",
    valueEncrypted: "box",
    keyId: "1",
  });
  expect(inputs).toEqual({ secretName: "TOKEN", encryptedValue: "box" });
  expect(leftOut.map(({ input }) => input)).toEqual(["keyId"]);
});

test("a part of an input goes without what stands beside it", () => {
  const pullRequest = { requiredApprovingReviewCount: 1, allowedMergeMethods: ["merge"] };
  const rules = { deletion: true, pullRequest };
  const { inputs, leftOut } = forOlderPlugin("github:index/repositoryRuleset:RepositoryRuleset", { name: "x", rules });
  expect(inputs).toEqual({ name: "x", rules: { deletion: true, pullRequest: { requiredApprovingReviewCount: 1 } } });
  expect(leftOut.map(({ input }) => input)).toEqual(["rules.pullRequest.allowedMergeMethods"]);
});

test("resources of other plugins stay as they are", () => {
  const inputs = { keyId: "1" };
  expect(forOlderPlugin("other:index/actionsSecret:ActionsSecret", inputs)).toEqual({ inputs, leftOut: [] });
});
