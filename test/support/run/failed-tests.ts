import type { Reporter, TestModule } from "vitest/node";

const shown = 20;

/** Names what failed once more at the very end: the end is what is left of a long log. */
export class FailedTests implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const failed = modules.flatMap((module) => [
      ...[module, ...module.children.allSuites()].flatMap((suite) =>
        suite.errors().map(({ message }) => line(suite, message)),
      ),
      ...[...module.children.allTests("failed")].map((test) => line(test, test.result().errors?.[0]?.message)),
    ]);
    if (failed.length === 0) return;
    const more = failed.length > shown ? [`… and ${failed.length - shown} more`] : [];
    process.stdout.write(`\nFailed:\n${[...failed.slice(0, shown), ...more].join("\n")}\n`);
  }
}

/** @param message of the first error; its first line is enough to know the failure by. */
function line(
  of: { module?: TestModule; relativeModuleId?: string; fullName?: string },
  message = "no message",
): string {
  const file = of.module?.relativeModuleId ?? of.relativeModuleId ?? "";
  return `  ${file}${of.fullName ? ` > ${of.fullName}` : ""}: ${message.split("\n", 1)[0]}`.slice(0, 300);
}
