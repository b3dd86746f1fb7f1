import { defineCommand } from "citty";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { formatProblem, formatProblems } from "../lib/problem.ts";
import type { Finding } from "../lib/github/drift.ts";
import { connect } from "../lib/github/octokit.ts";
import { writtenSecrets } from "../lib/github/secrets.ts";
import { takeCensus } from "../lib/github/take-census.ts";
import { askAbout, withinAccount } from "../lib/github/within-account.ts";
import { configArguments, fail, project, pulumi, readConfiguration } from "./stack.ts";

/** Exit code when GitHub is not as declared: 1 is an error, as in every command. */
const driftCode = 2;

export const drift = defineCommand({
  meta: {
    name: "drift",
    description:
      "Say in plain words where GitHub is not as declared; exit code 2 if it is not, 1 if that can't be told",
  },
  args: { ...configArguments, json: { type: "boolean", description: "Print JSON" } },
  run: async ({ args }) => {
    const { stack, settings, secretNames, token } = readConfiguration(args);
    const { github } = settings;
    if (github === undefined) fail(`stack ${stack} has no slipway:github. Fix: name one that has, with --stack`);
    const name = `${github.owner}/${github.repository}`;
    process.stderr.write(`Asking GitHub about ${name} (some seconds, at most 2 min) …\n`);
    try {
      const sections = { ...settings, github };
      const found = await askAbout(sections, token);
      const { problems, repository, environment } = withinAccount(sections, found);
      if (problems.length > 0) fail(formatProblems(problems));
      const declaration = {
        repository,
        environment,
        github,
        teams: found.teams,
        secrets: {
          repository: secretNames.repositorySecrets,
          dependabot: secretNames.dependabotSecrets,
          environment: secretNames.environmentSecrets,
        },
        written: writtenSecrets(pulumi(["stack", "export", "--stack", stack])),
      };
      const findings = await takeCensus(connect(token, github), declaration, environmentsElsewhere(name));
      process.stdout.write(args.json ? `${JSON.stringify(findings, null, 2)}\n` : report(name, findings));
      if (findings.length > 0) process.exitCode = driftCode;
    } catch (error) {
      fail(
        formatProblem({
          path: "slipway:github",
          problem: "GitHub can't be asked",
          got: error instanceof Error ? error.message : String(error),
          allowed: "a token that may administer the repository",
          fix: "export GITHUB_TOKEN=<token>, or pulumi config set --secret github:token <token>",
        }),
      );
    }
  },
});

function report(name: string, findings: readonly Finding[]): string {
  if (findings.length === 0) return `${name} is as declared.\n`;
  const counts = (["changed", "missing", "undeclared"] as const)
    .map((is) => [findings.filter((finding) => finding.is === is).length, is] as const)
    .filter(([count]) => count > 0)
    .map(([count, is]) => `${count} ${is}`);
  const lines = findings.map(({ sentence }) => `- ${sentence}.\n`);
  return `${name} is not as declared (${counts.join(", ")}):\n${lines.join("")}pulumi up --refresh makes it so again, except for what is undeclared: that is yours to declare or to remove.\n`;
}

/** Environments of the repository in the files of this project's stacks: each stack declares its own. */
function environmentsElsewhere(repository: string): string[] {
  return readdirSync(project)
    .filter((file) => /^Pulumi\..+\.yaml$/.test(file))
    .flatMap((file) => {
      const { config } = (parse(readFileSync(join(project, file), "utf8")) ?? {}) as {
        config?: Record<string, { owner?: string; repository?: string; name?: string }>;
      };
      const { owner, repository: repo } = config?.["slipway:github"] ?? {};
      const name = config?.["slipway:environment"]?.name;
      return `${owner ?? ""}/${repo ?? ""}` === repository && name !== undefined ? [name] : [];
    });
}
