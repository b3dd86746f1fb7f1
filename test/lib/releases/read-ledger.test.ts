import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import type { HostConnection } from "../../../lib/hosts/host-connection.ts";
import { emptyLedger } from "../../../lib/releases/ledger.ts";
import { HostNames } from "../../../lib/hosts/naming.ts";
import { readLedger } from "../../../lib/releases/read-ledger.ts";

/** A host whose controller answers each of its commands with a shell script. */
const hostWith = (answers: Readonly<Record<string, string>>): HostConnection => ({
  kind: "local",
  isOwnEngine: false,
  name: "unix:///nowhere",
  provider: { host: "unix:///nowhere" },
  command: ({ text, timeoutSeconds }) => ({
    text: answers[text.split(" ").at(-1) ?? ""] ?? `echo "unexpected: ${text}" >&2; exit 1`,
    environment: {},
    limitSeconds: timeoutSeconds,
  }),
});

const read = (answers: Readonly<Record<string, string>>) =>
  readLedger(hostWith(answers), new HostNames("api", "local", "10.213.0.0/24"), "cat:1", {
    isBare: false,
    by: "alice",
    fallback: () => Promise.reject(new Error("needs no fallback")),
  });
const ledger = { ...emptyLedger, rollout: 7 };
const told = `echo '${JSON.stringify(ledger)}'`;

describe("an update asks the controller for its ledger", () => {
  beforeAll(async () => {
    // An update, not a preview.
    await pulumi.runtime.setMocks(
      { call: () => ({}), newResource: () => ({ id: "", state: {} }) },
      "api",
      "local",
      false,
    );
  });

  test("and holds the host with it", async () => {
    expect(await read({ hold: `${told}; exec cat > /dev/null` })).toEqual(ledger);
  });

  test("and does without the hold where the controller is older than that", async () => {
    expect(await read({ hold: "echo usage: >&2; exit 2", ledger: told })).toEqual(ledger);
  });

  test("and ends, with the holder's name, where another update has the host", async () => {
    await expect(read({ hold: "echo host: bob has it >&2; exit 4", ledger: told })).rejects.toThrow("host: bob has it");
  });

  test.each([
    "Error: No such container: api-local-controller",
    "Container is paused",
    "Error response from daemon: Container 1f2e is restarting, wait until the container is running",
    'OCI runtime exec failed: "slipway-router" not found',
  ])("or reads the journal where no controller can tell: %s", async (why) => {
    const journal = { "api-local-controller": "true", "/journal/journal.json": told };
    // Where there is no such command, Docker says so on standard output.
    for (const end of ["; exit 126", "; exit 127", " >&2; exit 1", " >&2; exit 127"]) {
      const fails = `echo '${why}'${end}`;
      expect(await read({ hold: fails, ledger: fails, ...journal })).toEqual(ledger);
    }
  });

  const journal = { "api-local-controller": "true", "/journal/journal.json": told };
  test.each(["exit 0", "exit 137", "echo '{\"rollout\":'; exit 0"])(
    "or reads it where the controller ends while it is asked: %s",
    async (ends) => {
      expect(await read({ hold: ends, ...journal })).toEqual(ledger);
    },
  );

  test("and reads the journal again where Docker loses a part of it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-ledger-"));
    const torn = `mkdir ${folder}/once 2> /dev/null && echo '{"rollout":' || ${told}`;
    expect(await read({ hold: "exit 137", ...journal, "/journal/journal.json": torn })).toEqual(ledger);
    rmSync(folder, { recursive: true });
  });

  test("and ends where it can't be asked", async () => {
    await expect(read({ hold: "echo broken >&2; exit 1", ledger: told })).rejects.toThrow(/can't be asked, got broken/);
  });
});
