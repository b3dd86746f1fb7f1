import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { engineFrom, type Sources } from "../../toolchain/engine.ts";
import { answers, vendorAnswers } from "../../toolchain/vendor.ts";
import { engineVersion } from "../../toolchain/versions.ts";

const silent = { begin: () => undefined, note: () => undefined };

describe("the engine comes from", () => {
  let folder: string;
  let asked: number;
  const pulumiHome = () => join(folder, "home");
  const cli = () => join(pulumiHome(), "versions", engineVersion, "bin", "pulumi");

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-engine-"));
    asked = 0;
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** The vendor's launcher, but that its download writes a word. */
  function launcher(
    work = `mkdir -p "$PULUMI_HOME/versions/${engineVersion}/bin" && echo vendor > "$PULUMI_HOME/versions/${engineVersion}/bin/pulumi"`,
  ) {
    const file = join(folder, "launcher");
    writeFileSync(file, `#!/bin/sh\necho run >> ${folder}/runs\n${work}\n`);
    chmodSync(file, 0o755);
    return file;
  }
  const runs = () => (existsSync(join(folder, "runs")) ? readFileSync(join(folder, "runs"), "utf8").length / 4 : 0);

  const engine = (vendor: boolean, changes: Partial<Sources> & { download?: string } = {}) =>
    engineFrom(
      {
        pulumiHome: pulumiHome(),
        launcher: launcher(changes.download),
        vendorAnswers: () => {
          asked += 1;
          return Promise.resolve(vendor);
        },
        build: (programs) => {
          mkdirSync(programs, { recursive: true });
          writeFileSync(join(programs, "pulumi"), "built");
          return Promise.resolve();
        },
        ...changes,
      },
      silent,
    );

  test("the vendor where it answers, once", async () => {
    expect(await engine(true)).toBe("vendor");
    expect(await engine(true)).toBe("vendor");
    expect([asked, runs()]).toEqual([1, 1]);
    expect(readFileSync(cli(), "utf8")).toBe("vendor\n");
  });

  test("the vendor's script, in a folder that nobody else writes to or knows, and that goes afterwards", async () => {
    const work = `echo "$TMPDIR $(stat -c %a "$TMPDIR")" > ${folder}/where; exit 1`;
    await engine(true, { download: work });
    const [where = "", mode] = readFileSync(join(folder, "where"), "utf8").trim().split(" ");
    expect([where.startsWith(join(tmpdir(), "slipway-vendor-")), mode]).toEqual([true, "700"]);
    expect(existsSync(where)).toBe(false);
  });

  test("the vendor again when the download was cut or changed", async () => {
    await engine(true);
    writeFileSync(cli(), "ven");
    expect(await engine(true)).toBe("vendor");
    expect(readFileSync(cli(), "utf8")).toBe("vendor\n");
  });

  test("Go modules where the vendor does not answer; and it stays with that", async () => {
    expect(await engine(false)).toBe("built");
    expect(await engine(true)).toBe("built");
    expect([asked, runs()]).toEqual([1, 0]);
  });

  test("Go modules where the vendor answers but does not deliver", async () => {
    expect(await engine(true, { download: "exit 1" })).toBe("built");
    expect(readFileSync(cli(), "utf8")).toBe("built");
  });

  test("scratch after a build that broke off", async () => {
    await expect(engine(false, { build: () => Promise.reject(new Error("killed")) })).rejects.toThrow("killed");
    mkdirSync(join(cli(), ".."), { recursive: true });
    writeFileSync(`${cli()}-language-nodejs`, "half");
    expect(await engine(true)).toBe("vendor");
    expect(existsSync(`${cli()}-language-nodejs`)).toBe(false);
  });
});

describe("the vendor answers", () => {
  test("not where somebody wants everything checked by hashes that this repository has", async () => {
    vi.stubEnv("SLIPWAY_VENDOR", "no");
    vi.stubGlobal("fetch", () => Promise.resolve({ ok: true }));
    try {
      expect(await vendorAnswers()).toBe(false);
    } finally {
      vi.unstubAllEnvs();
      vi.unstubAllGlobals();
    }
  });

  test.each([
    [200, true],
    [404, false],
    [403, false],
  ])("with status %i: %s", async (code, expected) => {
    const server = createServer((request, response) =>
      response.writeHead(request.method === "HEAD" ? code : 500).end(),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    expect(await answers(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).toBe(expected);
    server.close();
  });

  test("not when it takes too long, or is not there", async () => {
    const server = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    expect(await answers(url, 50)).toBe(false);
    server.closeAllConnections();
    server.close();
    await once(server, "close");
    expect(await answers(url)).toBe(false);
  });
});
