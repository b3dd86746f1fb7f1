import { Command, type CommanderError, type ErrorOptions } from "commander";
import { formatProblem } from "../lib/problem.ts";
import { shortLine } from "../router/wire.ts";
import { commandProblem, wrongValue } from "./command-problem.ts";

/** What every command takes. */
export interface CommonOptions {
  /** @default see `findStack` */
  readonly stack?: string;
  /** @default `Pulumi.<stack>.yaml` */
  readonly configFile?: string;
  readonly json?: true;
}

/** A command that takes nothing but what it says: whatever else is on the command line ends it before it begins. */
class StrictCommand extends Command {
  constructor(name: string) {
    super(name);
    this.exitOverride().showSuggestionAfterError(false).helpCommand(false);
    this.helpOption("-h, --help", "Say what there is");
    this.configureOutput({ outputError: () => undefined });
  }

  override createCommand(name: string): Command {
    return new StrictCommand(name);
  }

  /** In the form of every problem, with what was probably meant. */
  override error(message: string, options: ErrorOptions = {}): never {
    const said = message.replace(/^error: /, "").replace(/\.$/, "");
    const usage = {
      name: fullName(this),
      flags: this.createHelp()
        .visibleOptions(this)
        .flatMap(({ long }) => long ?? []),
      commands: this.commands.map((command) => command.name()),
      extra: this.args[this.registeredArguments.length],
    };
    process.stderr.write(`${formatProblem(commandProblem(options.code ?? "", said, usage))}\n`);
    return super.error(message, options);
  }
}

const fullName = (command: Command): string =>
  command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;

/** A command that only holds others. */
export const group = (name: string, description: string, commands: readonly Command[]): Command =>
  commands.reduce(
    (all, command) => all.addCommand(command),
    // What follows the words of a command on a host is that command's.
    new StrictCommand(name)
      .description(description)
      .enablePositionalOptions()
      .helpCommand("help [command]", "Say what there is"),
  );

/** Of every command that has a result, for `option`. */
export const asJson = [
  "--json",
  "Print the result as one JSON document, and all that is for people to standard error",
] as const;

/** A command that speaks of no stack. */
export const defineBare = (name: string, description: string): Command =>
  new StrictCommand(name).description(description);

/** A command with {@link CommonOptions}. */
export const define = (name: string, description: string): Command =>
  defineBare(name, description)
    .option("--stack <name>", "Stack to speak of; may be left out where only one can be meant", oneValue)
    .option("--config-file <path>", "File with the stack's configuration, Pulumi.<stack>.yaml by default", oneValue)
    .option(...asJson);

/** What a command takes that a person gives, and that is recorded with their name. */
export interface HandOptions extends CommonOptions {
  readonly reason?: string;
}

/** A command with {@link HandOptions}. */
export const defineByHand = (name: string, description: string): Command =>
  define(name, description).option("--reason <text>", "Why, for the record and the notices: one line", oneLine);

/** @throws InvalidArgumentError */
function oneLine(value: string, before?: string): string {
  const given = oneValue(value, before);
  if (shortLine.test(given)) return given;
  throw wrongValue("is too long, or not one line", "at most 200 characters on one line");
}

/** The value of an option: another option in its place is a value that was forgotten. */
export function oneValue(value: string, before?: string): string {
  if (before !== undefined) throw wrongValue("is given twice", "one");
  if (value === "" || value.startsWith("-")) throw wrongValue("needs a value", "one that does not start with a dash");
  return value;
}

/** The value of an option that has a form. */
export const form = (pattern: RegExp, allowed: string) => (value: string, before?: string) => {
  if (pattern.test(oneValue(value, before))) return value;
  throw wrongValue("has another form", allowed);
};
/** Of a repository on GitHub. */
export const ownerAndName = form(/^[\w-]+\/[\w.-]+$/, "owner/name");
export const oneOf = (words: readonly string[]) => form(new RegExp(`^(${words.join("|")})$`), words.join(", "));

/** A role of a stack, or what serves. */
export const oneRole = form(/^[a-z][a-z0-9-]{0,29}$/, "a name under slipway:roles, or web");

/** The number of a rollout. */
export function rolloutNumber(text: string): string {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw wrongValue("is no number of a rollout", "one that slipway rollout list shows");
  return text;
}

export const isCommanderError = (error: unknown): error is CommanderError =>
  error instanceof Error && "exitCode" in error && error.name === "CommanderError";
