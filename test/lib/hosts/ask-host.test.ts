import { afterEach, expect, test, vi } from "vitest";
import { askHost } from "../../../lib/hosts/ask-host.ts";
import { holdHost } from "../../../lib/hosts/hold-host.ts";
import { localConnection, type HostConnection } from "../../../lib/hosts/host-connection.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("a command gets nothing of the engine's: its variables hold every secret of the stack in plain text", async () => {
  vi.stubEnv("PULUMI_CONFIG", '{"slipway:tlsKey":"planted"}');
  vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "planted");
  vi.stubEnv("SSH_AUTH_SOCK", "/agent");
  const host = localConnection("unix:///d.sock");
  const asked = await askHost(host, { text: "env", timeoutSeconds: 10 });
  expect(asked.stdout).toMatch(/^DOCKER_HOST=unix:\/\/\/d\.sock$/m);
  expect(asked.stdout).toMatch(/^SSH_AUTH_SOCK=\/agent$/m);
  expect(asked.stdout).not.toMatch(/PULUMI_|planted/);

  const env: HostConnection = { ...host, command: (script) => ({ ...host.command(script), text: "env" }) };
  const held = await holdHost(env, { controller: "c", by: "ada", asRoot: false });
  expect(held.stdout).toContain("DOCKER_HOST=");
  expect(held.stdout).not.toMatch(/PULUMI_|planted/);
});
