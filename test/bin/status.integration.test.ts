import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { emptyLedger } from "../../router/ledger.ts";
import type { Status } from "../../router/telling/report.ts";
import { run, Stubs } from "./support.ts";

/** `slipway status` itself, as a process, also in a real pseudo-terminal. */

const stubs = new Stubs();
const env = { ...process.env, PATH: stubs.path, HOME: stubs.folder };
const file = join(stubs.folder, "Pulumi.shop.yaml");
const words = ["status", "--stack", "shop", "--config-file", file];
const status: Status = {
  ...{ ledger: emptyLedger, weights: {}, down: [], fallback: null, certificate: null, evidence: null, recent: [] },
};
const alert = (alertname: string) => ({
  labels: { alertname, severity: "critical", service: "shop", environment: "shop" },
  annotations: { summary: "The shop does not answer, and nobody who wants to buy anything there gets anywhere" },
  ...{ state: "firing", activeAt: "2026-11-27T11:00:00Z" },
});
const alerts = { status: "success", data: { alerts: [alert("SlipwayWatchdog"), alert("SlipwayServiceDown")] } };

beforeAll(() => {
  writeFileSync(
    file,
    stringify({
      config: {
        "slipway:service": "shop",
        "slipway:host": { kind: "local" },
        "slipway:monitoring": { kind: "host" },
        "slipway:databases": {},
      },
    }),
  );
  stubs.write(
    "docker",
    `case "$*" in
      *status\\ --json*) echo '${JSON.stringify(status)}' ;;
      *module*) cat > /dev/null; echo '${JSON.stringify([alerts])}' ;;
      *) exit 1 ;;
    esac`,
  );
});
afterAll(() => {
  stubs.remove();
});

/** In a terminal of that size. @param until what has to be seen before Ctrl-C is pressed; without it nobody presses anything */
function inTerminal(command: string, size: string, until?: RegExp): Promise<{ code: number | null; seen: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn("script", ["-qefc", `stty ${size}; exec ${command}`, "/dev/null"], { env, timeout: 60_000 });
    let seen = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const before = seen;
      seen += text;
      if (until && !until.test(before) && until.test(seen)) child.stdin.write("\x03");
    });
    child.once("error", reject).once("close", (code) => {
      resolve({ code, seen });
    });
  });
}

test("says everything on one screen, also what could not be looked for", async () => {
  const { code, stdout, stderr } = await run("bin/slipway", words, env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const names = stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split(" ")[0]);
  expect(names).toEqual("stack alert host live slot slot weights running last backup changed drift".split(" "));
  expect(stdout).toMatch(/^alert {4}critical SlipwayServiceDown for \d+/m);
  expect(stdout).toMatch(/^changed {2}could not be looked for: /m);
});

test("--json keeps what it had, and has alerts and backups as well", async () => {
  const { stdout } = await run("bin/slipway", [...words, "--json"], env);
  expect(JSON.parse(stdout)).toEqual({
    ...status,
    changed: null,
    backups: null,
    alerts: { firing: [expect.objectContaining({ alert: "SlipwayServiceDown", severity: "critical" })] },
  });
});

describe.each([80, 100])("in a terminal of %d columns", (columns) => {
  const size = `cols ${String(columns)} rows 24`;

  test("no line is longer than the terminal", async () => {
    const { code, seen } = await inTerminal(`bin/slipway ${words.join(" ")}`, size);
    expect(code).toBe(0);
    const lines = seen.split(/\r?\n/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(lines.join(" ").replaceAll(/ +/g, " ")).toContain("nobody who wants to buy anything there gets anywhere");
  });

  test("--watch redraws in place and ends cleanly on Ctrl-C", async () => {
    // Two drawings, so that one has been drawn over another.
    const { code, seen } = await inTerminal(`bin/slipway ${words.join(" ")} --watch`, size, /\x1b\[H[^]*\x1b\[H/);
    expect(code).toBe(0);
    expect(seen.match(/\x1b\[H/g)?.length).toBeGreaterThanOrEqual(2);
    const [, left = ""] = seen.split("\x1b[?1049l");
    expect(stripVTControlCharacters(left)).toMatch(/^stack {4}shop of shop/);
    expect(left).toContain("drift");
    expect(seen).not.toContain("slipway: ");
  });
});

test.each([[[]], [["--json"]]])(
  "--watch without a terminal is refused, with %j too, before anything is asked",
  async (more) => {
    stubs.started();
    const { code, stdout, stderr } = await run("bin/slipway", [...words, "--watch", ...more], env);
    expect({ code, stdout, started: stubs.started() }).toEqual({ code: 2, stdout: "", started: [] });
    expect(stderr).toMatch(
      /--watch redraws a terminal, got (--json|standard output that is none)\. Fix: leave --watch out/,
    );
  },
);
