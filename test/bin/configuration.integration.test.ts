import { afterAll, expect, test } from "vitest";
import { makeCertificate } from "../support/certificates.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { run } from "./support.ts";

/** The command reads a whole configuration as the program does, with the real engine. */

const { certificate, key } = makeCertificate({ names: ["api.example.com"] });
const stack = new PulumiStack("cli-configuration", {
  config: {
    version: "1.0.0",
    image: { name: "ghcr.io/acme/api" },
    host: { kind: "local" },
    url: "https://api.example.com",
    listenPort: 443,
    tls: { kind: "files", certificate },
    github: { owner: "acme", repository: "ape-2026" },
  },
});
const drift = (...args: string[]) =>
  run(
    "bin/slipway",
    [
      "drift",
      "--stack",
      "cli-configuration",
      "--config-file",
      `${stack.folder}/Pulumi.cli-configuration.yaml`,
      ...args,
    ],
    { ...stack.env, GITHUB_TOKEN: "" },
  );
const keyLines = key.split("\n").filter((line) => line.length > 8);

afterAll(() => {
  stack.remove();
});

test("a stack that never was brought up is named as such", { timeout: 120_000 }, async () => {
  for (const state of [stack.state, `${stack.folder}/none`]) {
    const args = ["drift", "--stack", "unmade", "--config-file", `${stack.folder}/Pulumi.cli-configuration.yaml`];
    const env = { ...stack.env, PULUMI_BACKEND_URL: `file://${state}` };
    expect(await run("bin/slipway", args, env)).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "slipway: stack unmade has no state: it was never brought up from here. " +
        "Fix: make up STACK=unmade; if its state is lost, slipway adopt --stack unmade\n",
    });
  }
});

test(
  "a certificate of one's own does not keep drift from asking, and its key is not shown",
  { timeout: 120_000 },
  async () => {
    await stack.init();
    await stack.setSecret("tlsKey", key);
    const { code, stdout, stderr } = await drift("--json");
    // There is no token: this far the configuration was right.
    expect(stderr).toContain("slipway:github: GitHub can't be asked, got GITHUB_TOKEN is not set");
    expect({ code, answer: JSON.parse(stdout) as unknown }).toEqual({
      code: 1,
      answer: { error: expect.stringContaining("GitHub can't be asked") as string },
    });

    await stack.setSecrets({ "env.API_KEY": "hunter2-hunter2", "secrets.token.deep": "hunter2-deep" });
    const refused = await drift();
    const preview = await stack.preview();
    expect([refused.code, preview.code === 0]).toEqual([1, false]);
    // The program and the command say the same.
    for (const said of [refused.stdout + refused.stderr, preview.output]) {
      expect(said).toContain("slipway:env: holds a value that was set with --secret");
      expect(said).toContain("slipway:secrets.token: is not text; allowed one value. Fix: pulumi config set --secret");
      for (const line of ["hunter2", ...keyLines]) expect(said).not.toContain(line);
    }
  },
);
