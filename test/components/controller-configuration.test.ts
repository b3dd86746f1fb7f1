import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { Host } from "../../components/host.ts";
import { Router } from "../../components/router.ts";
import { localConnection } from "../../lib/hosts/host-connection.ts";
import { HostNames } from "../../lib/hosts/naming.ts";
import { hashOfLogin } from "../../router/access.ts";
import { parseConfig } from "../../router/controller-config.ts";
import { hidden } from "../../lib/schema-parts.ts";
import { recordEach } from "../support/recorder.ts";
import { settingsOf } from "../support/settings-of.ts";

const recorded = recordEach();

test("the testers' secret reaches the controller as a file, in nothing but a step's input", async () => {
  const preview = { preview: { header: "x-slot" }, previewSecret: hidden };
  await controllerJson(preview, [], "planted");
  const holders = recorded.resources.filter(({ inputs }) => JSON.stringify(inputs).includes("planted"));
  expect(holders.map(({ name, inputs }) => [name, inputs.stdin])).toEqual([
    ["router-notices-write", expect.stringContaining('"preview-secret":"planted"')],
  ]);
});

test("of the password that lets people in, controller and proxy get a hash as a file; another one makes another controller", async () => {
  const asked = { access: { user: "team" }, accessPassword: hidden };
  const json = await controllerJson(asked, [], "", "planted");
  expect(parseConfig(json).access).toEqual({
    addresses: [],
    password: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
  });
  expect(JSON.stringify(recorded.resources)).not.toContain("planted");
  expect(recorded.resources.find(({ name }) => name === "router-notices-write")?.inputs.stdin).toBe(
    JSON.stringify({ "access-hash": hashOfLogin("team", "planted") }),
  );
  recorded.resources.length = 0;
  expect(await controllerJson(asked, [], "", "planted2")).not.toBe(json);
  recorded.resources.length = 0;
  const byAddress = parseConfig(await controllerJson({ access: { addresses: ["10.0.0.0/8"] } }));
  expect(byAddress.access).toEqual({ addresses: ["10.0.0.0/8"], password: null });
  recorded.resources.length = 0;
  // A stack that says nothing of it has the controller that it had.
  expect(await controllerJson({})).not.toContain('access"');
});

/** `controller.json`, as the program gives it to the controller. */
async function controllerJson(
  changes: Record<string, unknown>,
  noticeSecrets: readonly string[] = [],
  previewSecret = "",
  accessPassword = "",
): Promise<string> {
  const settings = settingsOf(changes, { noticeSecrets });
  const names = new HostNames("ape", "test", settings.subnet);
  const connection = localConnection("unix:///d.sock");
  const all = { service: "ape", stack: "test", subnet: settings.subnet, backups: "/b", ports: [], connection, names };
  const host = new Host("host", all);
  const secrets = { noticeSecrets: {}, previewSecret, accessPassword, tlsKey: "" };
  new Router("router", { host, settings, serving: null, ...secrets });
  await pulumi.runtime.disconnect();
  const controller = recorded.resources.find(
    ({ name, type }) => name === "router-controller" && type.includes("Container"),
  );
  return (controller?.inputs.envs as string[]).join().replace("SLIPWAY_CONTROLLER_JSON=", "");
}

test("metrics are served in the stack's own network, and no port of the controller is published", async () => {
  const { metrics } = parseConfig(await controllerJson({ subnet: "10.99.7.0/24", monitoring: '{"kind":"existing"}' }));
  expect(metrics).toEqual({ address: "10.99.7.3", port: 9413 });
  const controller = recorded.resources.find(
    ({ name, type }) => name === "router-controller" && type.includes("Container"),
  );
  expect(controller?.inputs).not.toHaveProperty("ports");
});

test("nothing is counted for nobody", async () => {
  expect(parseConfig(await controllerJson({ subnet: "10.99.7.0/24" })).metrics).toBeNull();
});

describe("the log of requests", () => {
  const logOpts = () => recorded.resources.find(({ name }) => name === "router-proxy-1")?.inputs.logOpts;

  test("is kept as far as the settings say, in files that rotate", async () => {
    expect(parseConfig(await controllerJson({ accessLog: { megabytes: 52 } })).accessLog).toBe(true);
    expect(logOpts()).toEqual({ "max-file": "5", "max-size": "11m" });
  });

  test("changes no proxy where nobody wants it", async () => {
    expect(parseConfig(await controllerJson({})).accessLog).toBe(false);
    expect(logOpts()).toBeUndefined();
  });
});

describe("the controller is told where PagerDuty's events go", () => {
  const urlOf = async (pagerduty: object) => {
    const { notices } = parseConfig(await controllerJson({ notices: { pagerduty } }, ["pagerduty-routing-key"]));
    return notices?.channels.map((channel) => (channel.name === "pagerduty" ? channel.url : null));
  };

  test.each([
    [{}, "https://events.pagerduty.com/v2/enqueue"],
    [{ url: "https://events.eu.pagerduty.com/v2/enqueue" }, "https://events.eu.pagerduty.com/v2/enqueue"],
  ])("%j", async (pagerduty, expected) => {
    expect(await urlOf(pagerduty)).toEqual([expected]);
  });

  test("and never in plain", async () => {
    await expect(urlOf({ url: "http://events.pagerduty.com" })).rejects.toThrow("slipway:notices.pagerduty.url");
  });
});
