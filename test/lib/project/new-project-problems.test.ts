import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { formatProblem } from "../../../lib/problem.ts";
import { newProjectProblems, type Planned } from "../../../lib/project/new-project-problems.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-init-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const problems = (changes: Partial<Planned> = {}) =>
  newProjectProblems({
    folder,
    name: "shop",
    build: undefined,
    image: undefined,
    isExample: false,
    manifest: { dependencies: { slipway: "0.1.0" } },
    ...changes,
  }).map(formatProblem);

test("nothing is overwritten, and all that is there is named at once", () => {
  for (const file of ["Pulumi.yaml", "index.ts"]) writeFileSync(join(folder, file), "");
  mkdirSync(join(folder, "service"));
  writeFileSync(join(folder, "service/server.js"), "");
  expect(problems({ isExample: true }).map((line) => line.split(":")[0])).toEqual([
    "Pulumi.yaml",
    "index.ts",
    "service/server.js",
  ]);
  expect(problems()).toHaveLength(2);
});

test("package.json of a service written for Node stays as it is", () => {
  expect(problems({ manifest: { type: "module", dependencies: { slipway: "0.1.0" } } })).toEqual([]);
  expect(problems({ manifest: { scripts: {}, main: "server.js" } })).toEqual([
    "package.json: is that of a service, and a project has its own, got scripts, main; allowed none, or one with nothing but dependencies. Fix: mkdir deploy && cd deploy, npm install --prefix . Slipway's archive there, then npx slipway init --build ..",
  ]);
  expect(problems({ manifest: { type: "commonjs" } })).toHaveLength(1);
});

test("Slipway that npm put into a folder above is no dependency of this one", () => {
  expect(problems({ manifest: {} })).toEqual([
    "package.json: does not name Slipway: npm has installed it into a folder above, which has a package.json of its own; allowed one with slipway among its dependencies. Fix: npm uninstall slipway in that folder, then npm install --prefix . with Slipway's archive in this one",
  ]);
});

test("a build that would take in the project's state is refused", () => {
  const project = join(folder, "deploy");
  mkdirSync(project);
  writeFileSync(join(folder, "Dockerfile"), "FROM scratch\n");
  expect(problems({ folder: project, build: ".." })).toEqual([]);
  writeFileSync(join(folder, ".dockerignore"), "node_modules\n");
  expect(problems({ folder: project, build: ".." })).toEqual([
    expect.stringContaining("lets the project's state into the build"),
  ]);
  writeFileSync(join(folder, ".dockerignore"), "deploy\n");
  expect(problems({ folder: project, build: ".." })).toEqual([]);
  writeFileSync(join(folder, ".dockerignore"), "*.md\n");
  expect(problems({ build: "." })).toHaveLength(1);
});

test("neither a folder without a Dockerfile nor a strange reference is taken", () => {
  expect(problems({ build: "nowhere" })).toEqual([expect.stringMatching(/^--build: has no Dockerfile, got nowhere/)]);
  expect(problems({ image: "Shop:1" })).toEqual([expect.stringMatching(/^--image: is no reference/)]);
  expect(
    problems({ image: "ghcr.io/acme/shop:1.2", build: "x" }).some((line) =>
      line.startsWith("--image: is given beside"),
    ),
  ).toBe(true);
  expect(problems({ image: "localhost:5000/shop:1.2" })).toEqual([]);
  expect(problems({ name: "Shop!" })).toEqual([expect.stringMatching(/^--name: is no name/)]);
});
