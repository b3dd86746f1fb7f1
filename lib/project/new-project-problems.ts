import dockerIgnore from "@balena/dockerignore";
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { releasesShape } from "../releases/schema.ts";
import { imagesShape } from "../images/schema.ts";
import { noDockerfile } from "../images/no-dockerfile.ts";
import type { Problem } from "../problem.ts";
import { exampleService, projectFiles } from "./project-files.ts";

/** What is to become a project. */
export interface Planned {
  readonly folder: string;
  readonly name: string;
  /** Folder with a Dockerfile that a person named, or that was found. */
  readonly build: string | undefined;
  readonly image: string | undefined;
  /** Nothing is there yet: a service to begin with is written, too. */
  readonly isExample: boolean;
  /** package.json of the folder; empty if there is none. */
  readonly manifest: object;
}

/** All that keeps a folder from becoming a project, before anything is written. */
export function newProjectProblems({ folder, name, build, image, isExample, manifest }: Planned): readonly Problem[] {
  const written = [...Object.keys(projectFiles(name, [])), ...(isExample ? Object.keys(exampleService) : [])];
  return [
    ...written
      .filter((file) => existsSync(join(folder, file)))
      .map((file) => ({
        path: file,
        problem: "is there already, and nothing is overwritten",
        fix: "run it in a folder without one",
      })),
    ...(releasesShape.service.safeParse(name).success
      ? []
      : [
          {
            path: "--name",
            problem: "is no name of a service",
            got: name,
            allowed: "lower-case letters, digits and dashes, at most 40",
            fix: "--name <name>",
          },
        ]),
    ...manifestProblems(manifest),
    ...(build === undefined ? [] : buildProblems(folder, build)),
    ...(image === undefined ? [] : imageProblems(image, build)),
  ];
}

/** What npm install writes by itself, and what a project needs: anything else is of a service written for Node, which this would change. */
const ofNoService = new Set(["name", "version", "private", "type", "dependencies", "devDependencies", "overrides"]);

function manifestProblems(manifest: object): Problem[] {
  const others = Object.keys(manifest).filter((key) => !ofNoService.has(key));
  const isOther = "type" in manifest && manifest.type !== "module";
  if (others.length === 0 && !isOther) return installProblems(manifest);
  return [
    {
      path: "package.json",
      problem: "is that of a service, and a project has its own",
      got: isOther ? `type ${String(manifest.type)}` : others.join(", "),
      allowed: "none, or one with nothing but dependencies",
      fix: "mkdir deploy && cd deploy, npm install --prefix . Slipway's archive there, then npx slipway init --build ..",
    },
  ];
}

/** Without a package.json here, npm installs into the nearest folder above that has one: into the service's own packages. */
function installProblems(manifest: object): Problem[] {
  const { dependencies = {} } = manifest as { readonly dependencies?: object };
  if ("slipway" in dependencies) return [];
  return [
    {
      path: "package.json",
      problem: "does not name Slipway: npm has installed it into a folder above, which has a package.json of its own",
      allowed: "one with slipway among its dependencies",
      fix: "npm uninstall slipway in that folder, then npm install --prefix . with Slipway's archive in this one",
    },
  ];
}

function buildProblems(folder: string, build: string): Problem[] {
  const missing = noDockerfile(build, folder);
  if (missing !== undefined) return [{ ...missing, path: "--build", fix: "--build <folder>, or --image <reference>" }];
  const list = join(folder, build, ".dockerignore");
  const inside = relative(join(folder, build), folder);
  if (inside.startsWith("..") || !existsSync(list)) return [];
  const state = join(inside, ".pulumi-state", "state.json");
  if (dockerIgnore.default().add(readFileSync(list, "utf8")).ignores(state)) return [];
  const lines = inside === "" ? [".pulumi-state", "node_modules"] : [inside];
  return [
    {
      path: relative(folder, list),
      problem: "lets the project's state into the build: each update would change it, and be a release",
      allowed: `one with ${lines.join(" and ")}`,
      fix: `printf '%s\\n' ${lines.join(" ")} >> ${relative(folder, list)}`,
    },
  ];
}

function imageProblems(image: string, build: string | undefined): Problem[] {
  const path = "--image";
  if (build !== undefined)
    return [{ path, problem: "is given beside --build", allowed: "one of them", fix: "leave one out" }];
  const name = image.replace(/:[\w.-]+$/, "");
  if (imagesShape.image.safeParse({ name }).success) return [];
  const allowed = "a reference such as ghcr.io/acme/api:1.2.3, in lower-case letters up to the tag, without a digest";
  return [{ path, problem: "is no reference of an image", got: image, allowed, fix: "--image <reference>" }];
}
