import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import { ledgerFromOutputs } from "../../../lib/releases/ledger-from-outputs.ts";

const live = { slot: "green", version: "1.1.0", release: "1.1.0-a", image: "api@sha256:a" };
const standby = { slot: "blue", version: "1.0.0", release: "1.0.0-b", image: "api@sha256:b" };

beforeAll(async () => {
  const outputs = {
    live,
    standby,
    proxy: { place: 2, id: "0123abcd" },
    hosts: {
      second: { live: standby, standby: live, proxy: { place: 1, id: "0123abcd" } },
      third: { live, standby },
      fifth: { live, standby: null },
    },
  };
  const mocks: pulumi.runtime.Mocks = {
    call: (args) => {
      expect(args).toMatchObject({ token: "pulumi:pulumi:readStackOutputs", inputs: { name: "acme/api/local" } });
      return { outputs };
    },
    newResource: () => ({ id: "", state: {} }),
  };
  await pulumi.runtime.setMocks(mocks, "api", "local", true, "acme");
});

test.each([
  [{}, "green", { place: 2, id: "0123abcd" }],
  [{ name: "second" }, "blue", { place: 1, id: "0123abcd" }],
])("of host %j tell which slot is live and which proxy serves", async (host, slot, proxy) => {
  expect(await ledgerFromOutputs(host, { replicas: 2 })).toMatchObject({ live: slot, proxy });
});

test("of an update before that tell nothing of the proxy, so that a preview leaves it alone", async () => {
  const { live, proxy } = await ledgerFromOutputs({ name: "third" }, { replicas: 2 });
  expect([live, proxy]).toEqual(["green", undefined]);
});

test("of a new host tell nothing", async () => {
  expect(await ledgerFromOutputs({ name: "fourth" }, { replicas: 2 })).toMatchObject({ live: null, proxy: null });
});

test("where nothing could be returned to tell the live slot all the same", async () => {
  const { live, slots } = await ledgerFromOutputs({ name: "fifth" }, { replicas: 2 });
  expect([live, slots.green.state, slots.blue.state]).toEqual(["green", "holds", "empty"]);
});
