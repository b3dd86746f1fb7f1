import { readFile } from "node:fs/promises";
import { apart, fileArrows, floors, importArrows, productFiles, roomOf, uses } from "./rooms.ts";

/** What each room holds. */
const contents: Readonly<Record<string, string>> = {
  "index.ts": "the clone's program: `deliver()` and nothing else",
  "deliver.ts": "reads the settings, chooses a target, puts out what came of it",
  bin: "the `slipway` command: parses and prints",
  docs: "makes pages from code",
  policy: "the policy pack, one rule a file",
  components: "every ComponentResource, one a file, thin",
  settings: "composes the capabilities' own schemas, reports every problem at once",
  checklist: "the bootstrap checklist: its items, their probes, what they come to",
  github: "the model of a repository's rules, and what reads and compares them",
  workflows: "the model of GitHub workflows",
  monitoring: "metrics, dashboards and alert rules as data",
  lib: "hosts, images, databases and releases, without Pulumi's resources",
  router: "what runs on a host: HAProxy's configuration and the rollout controller",
  toolchain: "gets the engine, its plugins, Docker and base images",
  packaging: "makes the npm package that a project installs",
};

/** `docs/rooms.md`, not yet formatted: the rooms and every arrow between them. */
export async function renderRoomsPage(root: URL): Promise<string> {
  const sizes = await linesPerRoom(root);
  const isThere = (room: string) => sizes.has(room);
  const arrows = [...(await importArrows(root)), ...(await fileArrows(root))]
    .map(({ from, to }) => [roomOf(from), roomOf(to)] as const)
    .filter(([from, to]) => from !== to && isThere(from) && isThere(to))
    .map(([from, to]) => `${id(from)} --> ${id(to)}`);
  const nodes = [...floors.flat(), ...Object.keys(apart)]
    .filter(isThere)
    .map((room) => `${id(room)}["${room}<br/>${about(sizes.get(room) ?? 0)}"]`);
  const rows = [...uses]
    .filter(([room]) => isThere(room))
    .map(([room, allowed]) => {
      const listed = allowed.filter((each) => isThere(roomOf(each))).map((each) => `\`${each}\``);
      return `| \`${room}\` | ${contents[room] ?? ""} | ${listed.join(", ") || "nothing"} |`;
    });

  return `# Rooms

Made from the code's own imports by \`npm run docs\`. A test fails when this page is out of date.

A room stands above what it uses. \`npm run lint\` fails on an import that leads to a room above or beside its own, and on every circle of
imports, types included. The order is written once, in [rooms.ts](rooms.ts).

\`\`\`mermaid
${["flowchart TB", ...nodes, ...[...new Set(arrows)].sort()].join("\n  ")}
\`\`\`

| Room | What it holds | May import |
| --- | --- | --- |
${rows.join("\n")}

\`test/\` and \`bench/\` may import everything. No room imports them, nor ${Object.keys(apart)
    .map((room) => `\`${room}/\``)
    .join(", ")}.
`;
}

async function linesPerRoom(root: URL): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const file of await productFiles(root)) {
    const lines = (await readFile(new URL(file, root), "utf8")).split("\n").length - 1;
    sizes.set(roomOf(file), (sizes.get(roomOf(file)) ?? 0) + lines);
  }
  return sizes;
}

/** Rounded, so that the page changes with the structure and not with every commit. */
const about = (lines: number) =>
  lines < 500 ? "under 500 lines" : `about ${(Math.round(lines / 500) * 500).toLocaleString("en")} lines`;

const id = (room: string) => room.replaceAll(/\W/g, "_");
