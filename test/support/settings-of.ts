import { formatProblem } from "../../lib/problem.ts";
import { parseSettings, type Settings } from "../../settings/settings.ts";
import { rawConfig } from "./raw-config.ts";

type Given = Parameters<typeof parseSettings>;

const parsed = (changes: object, names: Given[1], tlsKey: Given[2]) =>
  parseSettings(rawConfig("local", { ...changes }), names, tlsKey);

/** What is wrong with the stack `local` and these changes. @param names of secrets by setting */
export function problemsOf(changes: object, names: Given[1] = {}, tlsKey?: Given[2]): string[] {
  const result = parsed(changes, names, tlsKey);
  return "problems" in result ? result.problems.map(formatProblem) : [];
}

/** Its settings. @throws Error if something is wrong with them */
export function settingsOf(changes: object, names: Given[1] = {}, tlsKey?: Given[2]): Settings {
  const result = parsed(changes, names, tlsKey);
  if ("problems" in result) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.settings;
}
