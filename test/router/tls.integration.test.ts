import { connect as connectHttp2 } from "node:http2";
import { get, type ClientRequest, type IncomingMessage } from "node:http";
import { request as secureRequest } from "node:https";
import { readFileSync, statSync } from "node:fs";
import { connect, type SecureVersion, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fingerprintOf } from "../../router/certificates/certificate.ts";
import { makeCertificate } from "../support/certificates.ts";
import { leasePorts } from "../support/run/lease.ts";
import { TestHost } from "./support/host.ts";
import { until } from "./support/until.ts";
import { ClosedLoop } from "../support/load/closed-loop.ts";
import { release } from "./support/samples.ts";
import { Stream } from "./support/stream.ts";

const name = "api.example.test";
const authority = makeCertificate({ names: ["authority.test"] });
const leaf = (rsaBits?: number) => makeCertificate({ names: [name], by: authority, ...(rsaBits ? { rsaBits } : {}) });
const chain = ({ certificate, key }: ReturnType<typeof leaf>) => `${certificate}\n${authority.certificate}${key}`;

let host: TestHost;
let httpPort: number;

describe("HTTPS at the proxy", () => {
  const first = leaf();

  beforeEach(async () => {
    httpPort = await leasePorts();
    host = await TestHost.start({
      tls: { source: "files", httpPort, hstsSeconds: 600, challenge: null },
      profile: { steps: [100], previewSeconds: 0, pauseSeconds: 0, watchSeconds: 0 },
    });
    expect(await host.release("blue", release("1.0.0"))).toMatchObject({ code: 0 });
  });

  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
    await host.stop();
  });

  const secure = () => ({
    host: "127.0.0.1",
    port: host.config.listen.port,
    servername: name,
    ca: authority.certificate,
  });
  const keep = async (pem: string) => {
    const kept = await host.run(["keep-certificate"], pem);
    expect(kept, kept.stderr).toMatchObject({ code: 0 });
    const awaited = { source: "files", fingerprint: fingerprintOf(pem) };
    expect(await host.run(["await-certificate"], awaited)).toMatchObject({ code: 0 });
  };
  const handshake = (options: { maxVersion?: SecureVersion; ciphers?: string } = {}) =>
    new Promise<TLSSocket>((resolve, reject) => {
      const socket = connect({ ...secure(), ALPNProtocols: ["h2", "http/1.1"], ...options }, () => {
        resolve(socket);
      });
      socket.on("error", reject);
    });
  const served = async () => {
    const socket = await handshake();
    const certificate = socket.getPeerX509Certificate();
    socket.destroy();
    return certificate?.fingerprint.replaceAll(":", "");
  };

  it("begins when there is a certificate; before, the plain port serves", async () => {
    const plain = () =>
      answerOf(
        get({ agent: false, host: "127.0.0.1", port: httpPort, path: "/x?a=1", headers: { host: `${name}:80` } }),
      );
    expect(await plain()).toMatchObject({ statusCode: 200 });
    await expect(handshake()).rejects.toThrow("ECONNREFUSED");

    await keep(chain(first));

    const moved = await plain();
    expect(moved.statusCode).toBe(308);
    expect(moved.headers.location).toBe(`https://${name}:${host.config.listen.port}/x?a=1`);
    expect(moved.headers["strict-transport-security"]).toBeUndefined();
    const answer = await answerOf(secureRequest({ ...secure(), path: "/" }).end());
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["strict-transport-security"]).toBe("max-age=600");
    expect(await served()).toBe(fingerprintOf(first.certificate));
  });

  it("speaks HTTP/2 and TLS 1.3 or 1.2, with forward secrecy, without tickets; nothing older", async () => {
    await keep(chain(first));
    const session = connectHttp2(`https://${name}:${host.config.listen.port}`, { ...secure() });
    const stream = session.request({ ":path": "/" });
    const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
      stream.on("response", resolve).on("error", reject);
      session.on("error", reject);
    });
    expect(headers).toMatchObject({ ":status": 200, "strict-transport-security": "max-age=600" });
    session.destroy();

    const socket = await handshake();
    expect(socket.getProtocol()).toBe("TLSv1.3");
    expect(socket.alpnProtocol).toBe("h2");
    socket.destroy();
    const older = await handshake({ maxVersion: "TLSv1.2" });
    expect(older.getProtocol()).toBe("TLSv1.2");
    expect(older.getCipher().name).toMatch(/^ECDHE-/);
    expect(older.getTLSTicket()).toBeUndefined();
    older.destroy();
    await expect(handshake({ maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-SHA256" })).rejects.toThrow();
    await expect(
      new Promise((_resolve, reject) =>
        connect({ ...secure(), minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" }).on(
          "error",
          reject,
        ),
      ),
    ).rejects.toThrow(/protocol version|handshake failure/);
  });

  it("takes another certificate, of another kind too, without losing a connection or a request", async () => {
    await keep(chain(first));
    const load = new ClosedLoop({ url: `https://127.0.0.1:${host.config.listen.port}`, workers: 4, tls: secure() });
    const kept = await handshake();
    const stream = new Stream(`https://127.0.0.1:${host.config.listen.port}`, "events", secure());
    await until("a beat", () => stream.beats > 0);
    const pid = await host.tamper("show info");

    for (const next of [leaf(2048), leaf(), leaf(2048)]) {
      const { total } = load;
      await keep(chain(next));
      expect(await served()).toBe(fingerprintOf(next.certificate));
      await until("more answers", () => load.total > total + 50);
    }

    const { beats } = stream;
    await until("more beats", () => stream.beats > beats + 2);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(stream.isCut).toBe(false);
    stream.close();
    expect(kept.destroyed).toBe(false);
    kept.destroy();
    // The same process: nothing was reloaded.
    expect(/^Pid: .*$/m.exec(await host.tamper("show info"))?.[0]).toBe(/^Pid: .*$/m.exec(pid)?.[0]);
  });

  it("has the last certificate after a restart and in the other place", async () => {
    await keep(chain(first));
    const next = leaf();
    await keep(chain(next));
    await host.kill("proxy");
    await host.startProxy();
    expect(await served()).toBe(fingerprintOf(next.certificate));

    host.placeProxy(2);
    expect(await host.run(["switch-proxy"], { place: 2, id: "id-2" })).toMatchObject({ code: 0 });
    expect(await served()).toBe(fingerprintOf(next.certificate));
    await keep(chain(first));
    expect(await served()).toBe(fingerprintOf(first.certificate));
  });

  it("keeps the key from everybody else, and what is no certificate out", async () => {
    await keep(chain(first));
    const before = host.certificateFile("files");
    expect(statSync(before).mode & 0o777).toBe(0o600);
    const text = readFileSync(before, "utf8");
    for (const wrong of ["nonsense", first.certificate, `${leaf().certificate}${leaf().key}`]) {
      const { code, stderr } = await host.run(["keep-certificate"], wrong);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^certificate: .*; allowed .* Fix: /);
      expect(stderr).not.toContain("PRIVATE");
    }
    expect(await served()).toBe(fingerprintOf(first.certificate));
    expect(readFileSync(before, "utf8")).toBe(text);
    expect(host.log).not.toContain("PRIVATE KEY");
  });
});

const answerOf = (call: ClientRequest) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    call.on("response", (answer) => {
      answer.resume();
      resolve(answer);
    });
    call.on("error", reject);
  });
