import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatProblems } from "../../lib/problem.ts";
import { problemsOfFile } from "../../settings/read-configuration.ts";
import { openProject } from "../../settings/stack-files.ts";
import { servicesOfPage } from "../support/five-services.ts";

const services = servicesOfPage();

test("the page has five services", () => {
  expect(services).toHaveLength(5);
});

test.each(services)(
  "$title: its stack file is accepted as it stands, in ten lines, and its image can be built",
  (service) => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-five-"));
    const file = join(folder, "Pulumi.local.yaml");
    writeFileSync(file, service.stack);
    expect(formatProblems(problemsOfFile(openProject(join(import.meta.dirname, "../..")).read("local", file)))).toBe(
      "",
    );
    rmSync(folder, { recursive: true });
    expect(service.stack.trim().split("\n").length).toBeLessThanOrEqual(10);
    expect(Object.keys(service.files)).toContain("Dockerfile");
  },
);
