import type { Problem } from "../../lib/problem.ts";
import { resourceNamed } from "../../lib/own-state.ts";
import { prefixOf } from "../listed.ts";
import type { Sections } from "../sections.ts";
import { markOf, type Mend } from "./mends.ts";

/** Name of an environment's component. */
export const environmentComponent = (
  { listed, ownEnvironment }: Pick<Sections, "listed" | "ownEnvironment">,
  name: string,
): string =>
  listed === undefined && name === ownEnvironment ? "environment" : `${prefixOf(listed)}environment-${name}`;

/** Names of the steps that stand when an environment is made, and when all that may enter it is let in. @param component its name */
export const environmentSteps = (component: string) => ({
  settled: `${component}-read-back`,
  admitted: `${component}-refs`,
});

/**
 * Environments that an update of this stack began and none has finished, as objects of the gate: true where one has made it, so that what it let
 * in is no choice of anybody's. The outputs do not tell: the engine keeps those of an update that failed.
 */
export type Unfinished = Readonly<Record<string, boolean>>;

/** Whether the state can tell more of it: what may enter an environment would be more than GitHub has. */
export const isAboutRefs = ({ path }: Problem): boolean => /(^|\/)environments\.[^.]+\.refs$/.test(path);

/**
 * `slipway adopt` takes no step into the state, so an environment that somebody made by hand was not made by an update. Pure.
 *
 * @param known outputs of the resources in the state, by URN
 * @param mended marks of the last update: a step that does not know the newest has not made the environment anew
 */
export function unfinishedEnvironments(
  sections: Sections,
  known: ReadonlyMap<string, unknown>,
  mended: readonly Mend[],
): Unfinished {
  const all = sections.environments.flatMap(({ name }): (readonly [string, boolean])[] => {
    const { settled, admitted } = environmentSteps(environmentComponent(sections, name));
    const mark = markOf({ marks: mended, at: "" }, { kind: "environment", name });
    const step = resourceNamed(known, admitted);
    const isFinished = step !== undefined && markIn(step) === mark;
    return isFinished ? [] : [[`environments.${name}`, resourceNamed(known, settled) !== undefined]];
  });
  return Object.fromEntries(all);
}

/** The mark that a step was given. */
function markIn(outputs: unknown): unknown {
  const { stdin } = outputs as { stdin?: unknown };
  return typeof stdin === "string" ? (JSON.parse(stdin) as { mended?: unknown }).mended : undefined;
}
