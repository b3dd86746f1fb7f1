import junit, { type Builder } from "junit-report-builder";
import type { Checklist } from "../model.ts";
import { lineOf } from "./lines.ts";

// Its types describe an object around what Node imports.
const builder = junit as unknown as Builder;

/** JUnit's XML: an item is a test, broken is a failure, and what nobody could look at is an error, because it is no success. */
export function junitOf({ stack, at, items }: Checklist): string {
  const report = builder.newBuilder();
  const suite = report.testSuite().name(`slipway checklist ${stack}`).timestamp(new Date(at));
  for (const { name, title, outcome, reason, evidence } of items) {
    const test = suite.testCase().className(`slipway.checklist.${stack}`).name(`${name}: ${title}`);
    const findings = evidence.flatMap((each) => each.findings);
    const said = findings.filter((each) => each.outcome === outcome).map(lineOf);
    if (outcome === "skipped") test.skipped().standardOutput(reason ?? "");
    else if (outcome === "broken") test.failure(said.join("\n"), "broken");
    else if (outcome === "could-not-look") test.error(said.join("\n"), "could-not-look");
    else test.standardOutput(said.join("\n"));
  }
  return `${report.build()}\n`;
}
