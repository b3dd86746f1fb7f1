import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { connect, type TLSSocket } from "node:tls";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AcmeServer } from "../support/acme-server.ts";
import { watchArguments } from "../support/argv-watch.ts";
import { makeCertificate, type TestCertificate } from "../support/certificates.ts";
import { startLoad } from "../support/load/closed-loop.ts";
import { made, removeEverything } from "../support/on-host.ts";
import { PulumiStack, type Ended } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts, leaseSubnet } from "../support/run/lease.ts";

const stackName = own("tls");
const name = "api.slipway.test";
const refused = "refused.slipway.test";
const [first, subnet] = [await leasePorts(), await leaseSubnet()];
const ports = { https: first, http: first + 1, acme: first + 2 };
const url = `https://127.0.0.1:${String(ports.https)}`;
const prefix = `ape-2026-${stackName}`;

const acme = new AcmeServer({
  address: `${subnet}.1`,
  port: ports.acme,
  httpPort: ports.http,
  lifeSeconds: 90,
  refused,
});
const authority = makeCertificate({ names: ["authority.test"] });
const given = makeCertificate({ names: [name], by: authority });
const next = makeCertificate({ names: [name], by: authority, rsaBits: 2048 });
const over = makeCertificate({ names: [name], days: -1 });
const stack = new PulumiStack(stackName);
const output: string[] = [];
/** Arguments of processes that had a key in them, while updates ran. */
const shown: string[] = [];

const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8", stdio: "pipe" }).trim();
const trust = { host: "127.0.0.1", port: ports.https, servername: name, ca: [authority.certificate] };
const identities = () =>
  docker("inspect", "--format", "{{.Name}} {{.Id}} {{.State.StartedAt}}", ...made(stackName, "container"))
    .split("\n")
    .sort();
/** Lines of a key that are in no other one. */
const linesOf = (key: string) => key.split("\n").filter((line) => /^[A-Za-z0-9+/=]{40,}$/.test(line));

async function up(...args: string[]): Promise<Ended> {
  const watch = watchArguments([given, next, over].flatMap(({ key }) => linesOf(key)));
  const ended = await stack.up(...args);
  shown.push(...(await watch.stop()));
  output.push(ended.output);
  return ended;
}
async function succeeds(...args: string[]): Promise<Ended> {
  const ended = await up(...args);
  expect(ended.code, ended.output).toBe(0);
  return ended;
}
const open = () =>
  new Promise<TLSSocket>((resolve, reject) => {
    const socket = connect({ ...trust, ALPNProtocols: ["http/1.1"] }, () => {
      resolve(socket);
    });
    socket.on("error", reject);
  });
async function served(): Promise<X509Certificate> {
  const socket = await open();
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  if (!certificate) throw new Error("no certificate");
  return certificate;
}
/** One request on a connection that stays. */
const ask = (socket: TLSSocket) =>
  new Promise<string>((resolve, reject) => {
    socket.once("data", (part: Buffer) => {
      resolve(part.toString().split("\r\n")[0] ?? "");
    });
    socket.once("close", () => {
      reject(new Error("closed"));
    });
    socket.write(`GET /health HTTP/1.1\r\nHost: ${name}\r\n\r\n`);
  });
async function give({ certificate, key }: TestCertificate): Promise<void> {
  await stack.set({ "tls.certificate": certificate + authority.certificate });
  await stack.setSecret("tlsKey", key);
}

describe("HTTPS by the real engine", () => {
  beforeAll(async () => {
    await acme.start();
    trust.ca.push(await acme.root());
    await stack.init({
      version: "1.0.0",
      subnet: `${subnet}.0/24`,
      listenAddress: "0.0.0.0",
      listenPort: String(ports.https),
      url: `https://${name}`,
      "backups.directory": `${stack.folder}/backups`,
      "stockImages.lego": "slipway/lego:local",
      "profile.pauseSeconds": "0",
      "profile.watchSeconds": "1",
      "tls.kind": "acme",
      "tls.email": "ops@slipway.test",
      "tls.termsAgreed": "true",
      "tls.directoryUrl": acme.directoryUrl,
      "tls.authority": acme.authority,
      "tls.httpPort": String(ports.http),
    });
  });

  afterAll(async () => {
    removeEverything(stackName);
    stack.remove();
    await acme.stop();
  });

  test("from nothing to a certificate by ACME, with one pulumi up", async () => {
    const { output } = await succeeds();
    expect(output).toContain(`certificate: asking ${acme.directoryUrl} for ${name} (at most 180 s)`);
    expect((await served()).subjectAltName).toBe(`DNS:${name}`);
    const plain = await fetch(`http://127.0.0.1:${String(ports.http)}/health`, { redirect: "manual" });
    expect(plain.status).toBe(308);
    await succeeds("--expect-no-changes");
  });

  test("the host renews it without Pulumi, and nobody notices", async () => {
    const before = (await served()).serialNumber;
    const load = startLoad(url, 4, trust);
    const kept = await open();
    expect(await ask(kept)).toBe("HTTP/1.1 200 OK");
    await expect
      .poll(async () => (await served()).serialNumber, { timeout: 100_000, interval: 1_000 })
      .not.toBe(before);
    expect(await ask(kept)).toBe("HTTP/1.1 200 OK");
    kept.destroy();
    expect(await load.stop()).toMatchObject({ failed: 0, failures: [] });
    await succeeds("--expect-no-changes");
  });

  test("a name that the authority refuses changes nothing, and says why", async () => {
    const load = startLoad(url, 2, trust);
    await stack.set({ "tls.domains[0]": refused });
    const { code, output } = await up();
    expect(code).not.toBe(0);
    expect(output).toMatch(
      new RegExp(
        `slipway:tls: no certificate for ${name}, ${refused}, got .*rejectedIdentifier.*; allowed what .* agrees to\\. Fix: `,
      ),
    );
    expect((await served()).subjectAltName).toBe(`DNS:${name}`);
    await stack.unset("tls.domains");
    await succeeds();
    expect(await load.stop()).toMatchObject({ failed: 0, failures: [] });
  });

  test("an expired certificate is one screen, before anything is touched", async () => {
    await stack.unset("tls");
    await stack.set({ "tls.kind": "files", "tls.httpPort": String(ports.http), "tls.certificate": over.certificate });
    await stack.setSecret("tlsKey", over.key);
    const before = identities();
    const { code, output } = await up();
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /slipway:tls\.certificate: has expired, got CN=api\.slipway\.test, valid from .* to .*; allowed .* Fix: pulumi/,
    );
    expect(output).not.toMatch(/^\s+at .*:\d+:\d+/m);
    expect(identities()).toEqual(before);
  });

  test("given certificates take over and follow each other, and nobody notices", async () => {
    const load = startLoad(url, 4, trust);
    for (const certificate of [given, next]) {
      await give(certificate);
      await succeeds();
      expect((await served()).fingerprint).toBe(new X509Certificate(certificate.certificate).fingerprint);
      await succeeds("--expect-no-changes");
    }
    expect(await load.stop()).toMatchObject({ failed: 0, failures: [] });
  });

  test("no key is anywhere but in files that root alone reads", () => {
    const run = `${prefix}-run`;
    const inVolume = (...command: string[]) =>
      docker("run", "--rm", "-v", `${run}:/run/slipway`, "slipway/node:local", ...command);
    const files = inVolume("sh", "-c", 'grep -rl "PRIVATE KEY" /run/slipway | xargs stat -c "%a %u %n"').split("\n");
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) expect(file).toMatch(/^600 0 \/run\/slipway\/tls\//);
    const obtained = inVolume("sh", "-c", "cat /run/slipway/tls/*.pem");
    const secrets = linesOf(
      [obtained, given.key, next.key, over.key]
        .map((text) => text.replaceAll(/-----BEGIN CERT.+?-----END CERT[^\n]*/gs, ""))
        .join("\n"),
    );
    expect(secrets.length).toBeGreaterThan(20);

    const containers = made(stackName, "container");
    const images = docker("image", "ls", "-q", "--filter", `label=slipway.stack=${stackName}`).split("\n");
    const places = {
      state: readdirSync(stack.state, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
        .join("\n"),
      inspected: docker("inspect", ...containers, ...images),
      logs: containers
        .map((id) => execFileSync("sh", ["-c", 'docker logs "$0" 2>&1', id], { encoding: "utf8" }))
        .join("\n"),
      images: images.map((id) => docker("history", "--no-trunc", id)).join("\n"),
      output: output.join("\n"),
    };
    expect(places.state).toContain(prefix);
    for (const [place, text] of Object.entries(places)) {
      expect(secrets.filter((line) => text.includes(line)).length, place).toBe(0);
    }
    expect(shown).toEqual([]);
  });
});
