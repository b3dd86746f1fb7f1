import type { Reporter, TestModule } from "vitest/node";

const shown = 10;

/** Prints the files that took longest, so that a slow one is seen when it is made. */
export class SlowestFiles implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const files = modules
      .map((module) => {
        const { duration, collectDuration, setupDuration } = module.diagnostic();
        return {
          file: module.relativeModuleId,
          project: module.project.name,
          ms: duration + collectDuration + setupDuration,
        };
      })
      .sort((a, b) => b.ms - a.ms);
    const sum = files.reduce((total, { ms }) => total + ms, 0);
    const lines = files.slice(0, shown).map(({ file, project, ms }) => `${seconds(ms)}  ${project}  ${file}`);
    process.stdout.write(
      `\nSlowest of ${files.length} files, which took ${seconds(sum).trim()} together:\n${lines.join("\n")}\n`,
    );
  }
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`.padStart(9);
