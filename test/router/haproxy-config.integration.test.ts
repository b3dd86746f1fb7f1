import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "vitest";
import { renderProxyConfig } from "../../router/haproxy-config.ts";
import { emptyLedger, type Ledger } from "../../router/ledger.ts";
import { mapOf, mapPath } from "../../router/steering.ts";
import { serverWishes } from "../../router/traffic.ts";
import { makeCertificate } from "../support/certificates.ts";
import { needs } from "../support/needs.ts";
import { config, release } from "./support/samples.ts";

needs("haproxy", "haproxy");

const live: Ledger = {
  ...emptyLedger,
  live: "green",
  slots: { blue: { release: null, state: "empty" }, green: { release: release("1.1.0"), state: "holds" } },
};

it("a configuration is accepted by HAProxy without a warning, in every shape", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-haproxy-"));
  try {
    writeFileSync(mapPath(folder), [...mapOf(config, live)].map((entry) => `${entry.join(" ")}\n`).join(""));
    const certificate = join(folder, "certificate.pem");
    writeFileSync(certificate, Object.values(makeCertificate({ names: ["api.example.test"] })).join("\n"));
    const preview = { header: "x-slipway-slot", cookie: "slipway-slot" };
    for (const change of [
      {},
      { maxReplicas: 8 },
      { health: { ...config.health, request: { host: "api.test", headers: { "X-A": "1" }, statuses: [204, 301] } } },
      { preview, maxReplicas: 8 },
      { sticky: false },
      { behindTls: true, loadBalancer: { addresses: ["10.0.0.0/24", "fd00::/8"], proxyProtocol: false } },
      { behindTls: true, loadBalancer: { addresses: ["10.0.0.1"], proxyProtocol: true }, accessLog: true },
      { hosts: ["api.test", ".api.test"], clients: { ...config.clients, requestsPerReplica: 5, headKb: 31 } },
      { tls: { source: "files", httpPort: 8081, hstsSeconds: 600, challenge: "10.9.9.7:8402" } as const },
    ]) {
      const changed = { ...config, ...change };
      const text = renderProxyConfig(changed, serverWishes(changed, live), folder, { certificate, cookieKey: "a2V5" });
      const file = join(folder, "haproxy.cfg");
      writeFileSync(file, text);
      execFileSync("haproxy", ["-c", "-dW", "-f", file], { timeout: 10_000 });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
