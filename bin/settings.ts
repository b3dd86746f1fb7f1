import { formatProblem } from "../lib/problem.ts";
import { suggest } from "../lib/suggest.ts";
import { describeSettings, type SettingDescription, type SettingPart } from "../settings/settings-page.ts";
import { asJson, defineBare, group } from "./command.ts";
import { exitCodes, Failure } from "./exit-codes.ts";
import { printJson } from "./print.ts";

interface ExplainOptions {
  readonly json?: true;
}

export const settings = () =>
  group("settings", "What a stack's file may hold", [
    defineBare("explain", "Say what a setting is for, what is allowed, its default and an example")
      .argument("[setting]", "Such as profile, or profile.steps; all of them in a line each by default")
      .option(...asJson)
      .action(explain),
  ]);

function explain(name: string | undefined, { json }: ExplainOptions): void {
  const all = describeSettings();
  const found = name === undefined ? all : [settingNamed(name.replace(/^slipway:/, ""), all)];
  if (json) printJson(found);
  else console.log(found.map(name === undefined ? inOneLine : inFull).join("\n"));
}

/** @throws Failure */
function settingNamed(name: string, all: readonly SettingDescription[]): SettingDescription {
  const [key = ""] = name.split(".");
  const setting = all.find((each) => each.key === key);
  const parts = setting?.parts.filter(({ path }) => isMeant(path, `slipway:${name}`)) ?? [];
  if (setting && parts.length > 0) return { ...setting, parts };
  const known = setting ? setting.parts.map(({ path }) => path.replace("slipway:", "")) : all.map((each) => each.key);
  const meant = suggest(name, known);
  const problem = {
    path: "settings explain",
    problem: "there is no such setting",
    got: name,
    ...(meant === undefined ? {} : { meant }),
    allowed: known.join(", "),
    fix: "slipway settings explain",
  };
  throw new Failure(formatProblem(problem), exitCodes.usage);
}

/** `slipway:hosts.<name>` is meant by `slipway:hosts`, and by `slipway:hosts.one.port`. */
function isMeant(path: string, wanted: string): boolean {
  const words = path.split(".");
  const asked = wanted.split(".");
  const isFree = (word: string | undefined) => word?.startsWith("<") === true;
  if (asked.length > words.length && !isFree(words.at(-1))) return false;
  return words.every((word, index) => asked[index] === undefined || asked[index] === word || isFree(word));
}

const inOneLine = ({ key, description }: SettingDescription): string =>
  `slipway:${key.padEnd(18)} ${description.replace(/([.:;]| \() .*| \(.*/s, "")}`;

const inFull = ({ description, example, parts }: SettingDescription): string =>
  [
    `${description}.`,
    "",
    ...parts.flatMap(inTwoLines),
    ...(example === undefined ? [] : ["", "Example:", ...example.split("\n").map((line) => `  ${line}`)]),
  ].join("\n");

const inTwoLines = ({ path, allowed, preset }: SettingPart): string[] => [
  path,
  `    ${plain(allowed)}; by default ${plain(preset)}`,
];

/** Without what makes it Markdown. */
const plain = (text: string): string => text.replaceAll("`", "").replace(/\\([<|])/g, "$1");
