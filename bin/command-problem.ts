import { InvalidArgumentError } from "commander";
import type { Problem } from "../lib/problem.ts";
import { suggest } from "../lib/suggest.ts";
import { shorten } from "../settings/schema-problems.ts";

/** A command as its wrong uses are told. */
export interface Usage {
  /** `slipway rollout show`. */
  readonly name: string;
  /** With their dashes: `--stack`. */
  readonly flags: readonly string[];
  /** Names of the commands that it holds. */
  readonly commands: readonly string[];
  /** The first word after all that it takes. */
  readonly extra: string | undefined;
}

/** Commands that people look for here, and what does that. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ["deploy", "pulumi up"],
  ["up", "pulumi up"],
  ["console", "slipway exec sh"],
  ["ssh", "slipway exec sh"],
]);

/** @param problem what the value of an option or argument has wrong, without its name: `is given twice` @param allowed what would be right */
export const wrongValue = (problem: string, allowed: string) =>
  new InvalidArgumentError(`${problem}; allowed ${allowed}`);

/** What commander says of a command line, as a problem like every other. @param said in its own words */
export function commandProblem(code: string, said: string, usage: Usage): Problem {
  const base = { path: usage.name, fix: `${usage.name} --help` };
  const [, quoted = ""] = /'(.*)'/s.exec(said) ?? [];
  const word = shown(quoted);
  const flag = (mistyped: string) => suggest(mistyped.replace(/^-*/, "--").replace(/=.*$/s, ""), usage.flags);
  switch (code) {
    case "commander.unknownOption": {
      const problem = { ...base, problem: "unknown option", got: word };
      if (word === "--yes" || word === "-y") return { ...problem, fix: "leave it out, no question is asked" };
      const meant = flag(quoted);
      return { ...problem, ...(meant === undefined ? { allowed: usage.flags.join(", ") } : { meant }) };
    }
    case "commander.unknownCommand": {
      const problem = { ...base, problem: "unknown command", got: word };
      const other = elsewhere.get(quoted);
      if (other !== undefined) return { ...problem, fix: other };
      return { ...problem, ...meaning(suggest(quoted, usage.commands)) };
    }
    case "commander.excessArguments": {
      const { extra = "", flags } = usage;
      const meant = flag(extra) ?? (flags.includes("--stack") ? `--stack ${shown(extra)}` : undefined);
      return { ...base, problem: "too many arguments", got: shown(extra), ...meaning(meant) };
    }
    case "commander.missingArgument":
      return { ...base, problem: `<${word}> is missing` };
    case "commander.optionMissingArgument":
      return { ...base, problem: `${longOf(quoted)} needs a value`, got: shown("") };
    case "commander.invalidArgument":
      return { ...base, ...invalidValue(said) };
    default:
      return { ...base, problem: said };
  }
}

/** From a {@link wrongValue}, which commander puts behind words of its own. */
function invalidValue(said: string): Pick<Problem, "problem" | "got" | "allowed"> {
  const form =
    /^(?:command-argument value|option '(?<flags>[^']*)' argument) '(?<value>.*)' is invalid(?: for argument '(?<argument>[^']*)')?\. (?<problem>.*?); allowed (?<allowed>.*)$/s;
  const { flags, value = "", argument = "", problem = "", allowed = "" } = form.exec(said)?.groups ?? {};
  return { problem: `${flags ? longOf(flags) : `<${argument}>`} ${problem}`, got: shown(value), allowed };
}

/** `--stack` of `--stack <name>`. */
const longOf = (flags: string): string => /--[\w-]+/.exec(flags)?.[0] ?? flags;

const meaning = (meant: string | undefined) => (meant === undefined ? {} : { meant });

/** On one line, whatever was given. */
const shown = (value: string): string => shorten(/\p{Cc}/u.test(value) ? JSON.stringify(value) : value);
