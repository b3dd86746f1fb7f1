import { expect, test } from "vitest";
import { openTo } from "../../../lib/aws/open-to.ts";
import { settingsOf } from "../../support/settings-of.ts";

test("nothing is open where the proxy listens to the machine itself", () => {
  expect(openTo(settingsOf({}))).toEqual({ ports: [], networks: [] });
});

test("the proxy's ports are open to everybody, unless a load balancer asks it", () => {
  const acme = { kind: "acme", email: "ops@acme.example", termsAgreed: true };
  const https = { listenAddress: "0.0.0.0", listenPort: 443, url: "https://shop.example", tls: acme };
  expect(openTo(settingsOf(https))).toEqual({ ports: [443, 80], networks: ["0.0.0.0/0"] });
  const behind = { listenAddress: "0.0.0.0", loadBalancer: { addresses: ["10.0.0.0/24", "10.1.0.7", "fd00::1"] } };
  expect(openTo(settingsOf(behind))).toEqual({
    ports: [8080],
    networks: ["10.0.0.0/24", "10.1.0.7/32", "fd00::1/128"],
  });
});
