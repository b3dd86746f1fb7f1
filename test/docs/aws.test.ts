import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { formatProblem } from "../../lib/problem.ts";
import { parseSettings } from "../../settings/settings.ts";

const page = readFileSync("docs/aws.md", "utf8");
const [, file = ""] = /## ECS[^]*?```yaml\n([^]*?)```/.exec(page) ?? [];
const [, script = ""] = /sed 's\/(.*?)\/slipway:target: ecs\/'/.exec(page) ?? [];
const other = file.replace(new RegExp(script), "slipway:target: ecs");

function settingsOf(text: string) {
  const { config } = parse(text) as { config: Record<string, unknown> };
  const raw = Object.entries(config).map(([key, value]) => [
    key.replace("slipway:", ""),
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const read = parseSettings(Object.fromEntries(raw) as Record<string, string>, {});
  if ("problems" in read) throw new Error(read.problems.map(formatProblem).join("\n"));
  return read.settings;
}

test("the page's stack runs on hosts and on ECS, and the two files differ in one setting", () => {
  const [host, ecs] = [file, other].map((text) => text.split("\n"));
  const differing = host?.flatMap((line, index) =>
    line === ecs?.[index] ? [] : [[line.trim(), ecs?.[index]?.trim()]],
  );
  expect(differing).toEqual([["slipway:target: host # or ecs", "slipway:target: ecs"]]);
  expect(settingsOf(file)).toMatchObject({ target: "host", host: { kind: "ssh" } });
  expect(settingsOf(other)).toMatchObject({ target: "ecs", ecs: { region: "eu-central-1" } });
});

test("the README says it in the same three commands", () => {
  const commands = /```shell\n(sed 's\/slipway:target[^]*?)```/;
  const [, said = ""] = commands.exec(readFileSync("README.md", "utf8")) ?? [];
  expect(said.trim().split("\n")).toHaveLength(3);
  expect(said).toBe(commands.exec(page)?.[1]);
});
