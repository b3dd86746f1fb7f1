import { defineCommand } from "citty";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adoptable, importOnly, plannedCreates, shortUrn, type Adoptable, type ImportFile } from "../github/adopt.ts";
import { mendImport, type Exported } from "../github/mend-import.ts";
import { readerOf } from "../github/read/reader.ts";
import { census } from "./census.ts";
import { configArguments, fail, readConfiguration, runEngine } from "./stack.ts";

export const adopt = defineCommand({
  meta: {
    name: "adopt",
    description: "Take what the repository on GitHub has already into the stack's state; changes nothing on GitHub",
  },
  args: configArguments,
  run: async ({ args }) => {
    const configuration = readConfiguration(args);
    const { github, token, args: stackArgs } = configuration;
    const folder = mkdtempSync(join(tmpdir(), "slipway-adopt-"));
    try {
      const file = join(folder, "import.json");
      say("Looking at what would be created (a preview, usually under 30 s, at most 10 min) …");
      const preview = await runEngine(["preview", "--json", "--import-file", file, ...stackArgs]);
      say(`Asking ${github.owner}/${github.repository} what of it is there already …`);
      const there = await adoptable(readerOf(github, token), plannedCreates(preview));
      if (there.length === 0) {
        say("Nothing to adopt: all that is declared is in the stack's state or not on GitHub.");
        return;
      }
      const whole = JSON.parse(readFileSync(file, "utf8")) as ImportFile;
      writeFileSync(file, JSON.stringify(importOnly(whole, there)), { mode: 0o600 });
      say(`Taking over ${there.length} objects (at most 10 min) …`);
      await runEngine([
        "import",
        "--file",
        file,
        "--yes",
        "--skip-preview",
        "--protect=false",
        "--generate-code=false",
        ...stackArgs,
      ]);
      await mendState(configuration.stack, folder);
      for (const line of adopted(there)) say(line);
      const { findings } = await census(configuration);
      const undeclared = findings.filter(({ is }) => is === "undeclared");
      if (undeclared.length > 0) say("Left as it is, because nobody declares it:");
      for (const { sentence } of undeclared) say(`  ${sentence}`);
      say("Nothing was changed on GitHub. Next: pulumi preview --diff");
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

async function mendState(stack: string, folder: string): Promise<void> {
  const mended = mendImport(JSON.parse(await runEngine(["stack", "export", "--stack", stack])) as Exported);
  if (mended === undefined) return;
  const file = join(folder, "state.json");
  writeFileSync(file, JSON.stringify(mended), { mode: 0o600 });
  await runEngine(["stack", "import", "--file", file, "--stack", stack]);
}

function adopted(there: readonly Adoptable[]): string[] {
  return there.map(({ urn, id }) => `  ${shortUrn(urn).replace(/^github:index\/\w+:(\w+)::.*$/, "$1")} ${id}`).sort();
}

const say = (line: string) => process.stdout.write(`${line}\n`);
