import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { HostConnection } from "../../../lib/hosts/host-connection.ts";
import { lookAt } from "../../../lib/hosts/look.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-look-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const answering = (text: string): HostConnection => ({
  kind: "local",
  isOwnEngine: true,
  name: "unix:///nowhere",
  provider: { host: "unix:///nowhere" },
  command: ({ timeoutSeconds }) => ({ text, environment: {}, limitSeconds: timeoutSeconds }),
});
const wanted = { prefix: "api-local", ports: [], data: [] };
const whole = `echo 'volume "api-local-run"'`;

test("half a line, of a container that changed while it was described, is asked for again", async () => {
  const look = await lookAt(answering(`mkdir ${folder}/once 2> /dev/null && echo 'volume "api' || ${whole}`), wanted);
  expect(look?.volumes).toEqual(new Set(["api-local-run"]));
});

test("and nobody could look where it never gets whole, or the engine does not answer", async () => {
  expect(await lookAt(answering(`echo 'volume "api'`), wanted)).toBeUndefined();
  expect(await lookAt(answering("exit 1"), wanted)).toBeUndefined();
});
