import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take minutes where nothing is known of earlier runs, as in CI: begun last, each would run on alone. */
const slow = [
  "router/crash.integration.test.ts",
  "router/switches.integration.test.ts",
  "router/detection.timed.test.ts",
  "e2e/ssh.test.ts",
  "e2e/mending.test.ts",
  "e2e/first-release.test.ts",
  "e2e/going-back.test.ts",
  "e2e/killed.test.ts",
];

/** Begins with the files that take longest. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSlow = ({ moduleId }: TestSpecification) => slow.some((file) => moduleId.endsWith(`/test/${file}`));
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}
