// The images that everything runs on, under the tags that the stacks name.
import { join } from "node:path";
import { repository } from "../paths.ts";

export interface StockImage {
  name: string;
  /** Where the public registry answers. By digest, so that everyone runs the same. */
  pull: string;
  /** Where it does not: a Dockerfile on top of Debian, with these files from elsewhere beside it. */
  folder: string;
  files: Record<string, string>;
  /** How long it usually takes to make. */
  usual: string;
}

export function tag(name: string): string {
  return `slipway/${name}:local`;
}

function stock(name: string, pull: string, files: Record<string, string> = {}, usual = "30 s"): StockImage {
  return { name, pull, files, usual, folder: join(repository, "toolchain", "offline", "images", name) };
}

export const stockImages: StockImage[] = [
  stock("node", "node:24-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d", {
    node: join(repository, "node_modules", "node", "bin", "node"),
  }),
  stock("python", "python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b"),
  stock("haproxy", "haproxy:3.2@sha256:e2b397cdbd612221cf79dec325690139d00a78b4ce4eae065530fbc81e1f6192"),
  stock("postgres", "postgres:15-bookworm@sha256:539ceaaae49b3a7c8a04467cf00cc6788d8e3f1675df41860d86eebc4c40524f"),
  stock("redis", "redis:7-bookworm@sha256:595cc6f2bb3af6e03347b90deb6123c6aa2c81dea05ce08128de8a174b6ac67b"),
  stock("neo4j", "neo4j:5.26-community", {}, "2 min"),
  stock("lego", "goacme/lego:v4.31.0"),
];
