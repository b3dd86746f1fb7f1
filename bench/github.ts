import { loadavg } from "node:os";
import { GitHub } from "../test/emulators/github/github.ts";
import { githubStack, neededSecrets } from "../test/support/github-stack.ts";
import type { Ended } from "../test/support/pulumi-stack.ts";
import { keepRawData } from "./raw-data.ts";

/**
 * How long a whole repository takes on an emulated GitHub, and how many requests it costs: from nothing, and when nothing changes.
 *
 * Real engine and real provider; needs `eval "$(make -s env)"` and the tests' own tools (`make test` gets them). GitHub itself asks for a
 * second between writes, which is the provider's default and switched off here.
 */
const previews = Number(process.argv[2] ?? 3);

const github = await GitHub.start({
  accounts: [{ login: "acme", plan: "enterprise", teams: { platform: ["maintainer"] } }],
});
const sections = {
  rules: { visibility: "public", codeOwners: ["@acme/platform"] },
  environment: {
    name: "production",
    reviewers: { teams: ["platform"] },
    waitMinutes: 5,
    variables: Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`VARIABLE_${index}`, "value"])),
  },
};
const stack = githubStack("bench-github", { github, owner: "acme", ...sections });

interface Phase {
  readonly ms: number;
  readonly requests: number;
  readonly writes: number;
}

async function measure(work: () => Promise<Ended>): Promise<Phase> {
  github.traffic.clear();
  const start = performance.now();
  const { code, output } = await work();
  const ms = performance.now() - start;
  if (code !== 0) throw new Error(output);
  github.traffic.assertClean();
  const writes = github.traffic.exchanges.filter(({ method }) => method !== "GET").length;
  return { ms, requests: github.traffic.count, writes };
}

const phases: (Phase & { readonly what: string })[] = [];

/** Requests are counted and not measured: more than are allowed fail the run. */
function print(what: string, { ms, requests, writes }: Phase, allowed: { seconds?: number; requests: number }): void {
  phases.push({ what, ms, requests, writes });
  if (requests > allowed.requests) process.exitCode = 1;
  const seconds = `${(ms / 1_000).toFixed(1)} s`.padStart(7);
  const most = `at most ${allowed.seconds === undefined ? "" : `${String(allowed.seconds)} s and `}${String(allowed.requests)} requests`;
  console.log(
    `${what.padEnd(28)}${seconds}  ${String(requests).padStart(4)} requests, ${String(writes).padStart(3)} writes  (${most})`,
  );
}

try {
  await stack.init();
  await stack.setSecrets(neededSecrets(sections));
  const up = await measure(() => stack.up());
  const { deployment } = JSON.parse(await stack.export()) as { deployment: { resources: { custom?: boolean }[] } };
  const count = deployment.resources.filter(({ custom }) => custom === true).length;
  print(`up of ${count} resources`, up, { seconds: 25, requests: 6 * count });
  for (let round = 0; round < previews; round++) {
    print(
      "preview without a change",
      await measure(() => stack.preview("--expect-no-changes")),
      // What the account allows, and how strict all is that stands there now.
      { seconds: 8, requests: 30 },
    );
  }
  print("refresh", await measure(() => stack.refresh("--expect-no-changes")), { requests: 4 * count });
  keepRawData("github", phases);
  console.log(`load average ${loadavg()[0]?.toFixed(1) ?? "?"}`);
} finally {
  stack.remove();
  await github.stop();
}
