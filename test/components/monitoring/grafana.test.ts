import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HostCommand } from "../../../components/host-command.ts";
import { Host } from "../../../components/host.ts";
import { Grafana } from "../../../components/monitoring/grafana.ts";
import type { Router } from "../../../components/router.ts";
import { localConnection } from "../../../lib/hosts/host-connection.ts";
import { HostNames } from "../../../lib/hosts/naming.ts";
import { record, type Recorded } from "../../support/recorder.ts";
import { settingsOf } from "../../support/settings-of.ts";

const password = "planted-grafana-password";
const settings = settingsOf({ service: "api", monitoring: { kind: "host", grafana: true }, grafanaPassword: "given" });
const names = new HostNames("api", "production", settings.subnet);

async function declared(given: string): Promise<{ resources: Recorded[]; stop: () => Promise<void> | void }> {
  const recording = await record();
  const connection = localConnection("unix:///d.sock");
  const stack = { service: "api", stack: "production", subnet: settings.subnet, backups: "/b", ports: [] };
  const host = new Host("host", { ...stack, connection, names });
  const made = new pulumi.ComponentResource("test:index:Router", "router");
  new HostCommand("router-loaded", { host, run: ":", timeoutSeconds: 1 }, { parent: made });
  const controllerImage = pulumi.output("sha256:controller");
  const router = Object.assign(made, { controllerImage }) as unknown as Router;
  new Grafana("grafana", { host, router, settings, password: given });
  await pulumi.runtime.disconnect();
  return recording;
}

let resources: Recorded[];
beforeAll(async () => {
  const recording = await declared(password);
  ({ resources } = recording);
  afterAll(recording.stop);
});

const container = () => resources.find(({ type }) => type === "docker:index/container:Container")?.inputs ?? {};

test("it runs as its own user, bounded and without a right, keeps nothing on the disk and opens no port on the host", () => {
  expect(container()).toMatchObject({
    name: "api-production-grafana",
    user: "472:472",
    restart: "always",
    readOnly: true,
    memory: 512,
    memorySwap: 512,
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges:true"],
    networksAdvanced: [{ ipv4Address: "10.213.0.14" }],
    volumes: [{ volumeName: "api-production-grafana", containerPath: "/etc/slipway", readOnly: true }],
  });
  expect(Object.keys(container().tmpfs as object)).toEqual(["/tmp", "/var/lib/grafana"]);
  for (const key of ["ports", "networkMode", "privileged", "command"]) expect(container()).not.toHaveProperty(key);
});

test("the password is a file, and goes to the engine as a secret and to nobody else", () => {
  for (const { name, inputs } of resources)
    expect(JSON.stringify({ ...inputs, stdin: "" }).includes(password), name).toBe(false);
  const written = resources.find(({ name }) => name === "grafana-files-write");
  expect(JSON.stringify(written?.inputs.stdin)).toContain(password);
  expect(written?.inputs.environment).toMatchObject({ OWNER: "472", VOLUME: "api-production-grafana" });
});

test("it is asked for once it is there", () => {
  const ready = resources.find(({ name }) => name === "grafana-ready");
  expect(ready?.inputs.environment).toMatchObject({ URLS: "http://10.213.0.14:3000/api/health" });
  expect(ready?.dependsOn).toContainEqual(expect.stringMatching(/::grafana-grafana$/));
});
