import { expect, test } from "vitest";
import { makeRelease, type ReleaseConfiguration } from "../../../lib/releases/release.ts";

const configuration: ReleaseConfiguration = {
  port: 8000,
  env: { A: "1", B: "2" },
  secrets: { token: "hunter2" },
  faults: "",
  healthPath: "/health",
};
const idOf = (changes: Partial<ReleaseConfiguration> = {}, version = "1.0.0", image = "api:1", replicas = 1) =>
  makeRelease(version, image, replicas, { ...configuration, ...changes }).id;

test("equal inputs make equal releases, in whatever order they are written", () => {
  expect(idOf()).toMatch(/^1\.0\.0-[0-9a-f]{8}$/);
  expect(idOf({ env: { B: "2", A: "1" } })).toBe(idOf());
});

test("each thing that the containers get makes another release", () => {
  const ids = [
    idOf(),
    idOf({ port: 8001 }),
    idOf({ env: { A: "1" } }),
    idOf({ secrets: { token: "hunter3" } }),
    idOf({ secrets: {} }),
    idOf({ faults: "unhealthy" }),
    idOf({ healthPath: "/up" }),
    idOf({}, "1.0.1"),
    idOf({}, "1.0.0", "api:2"),
    idOf({}, "1.0.0", "api:1", 2),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test("no secret is in a release", () => {
  expect(JSON.stringify(makeRelease("1.0.0", "api:1", 1, configuration))).not.toContain("hunter2");
});
