import { brokenThings, type Broken } from "../drift.ts";
import { objectOf, type Guards } from "../kinds/index.ts";
import { keyOf, type Reading, type Thing } from "../kinds/kind.ts";

/** Something that somebody changed or removed by hand, and when an update noticed. */
export interface Mend extends Broken {
  /** ISO 8601. */
  readonly at: string;
}

/** All of them, and when this plan was made: marks of that time are of what is so now. */
export interface Mends {
  readonly marks: readonly Mend[];
  readonly at: string;
}

/** What a resource is about: a thing, all of a kind, or all of a kind in one place. */
export type About = Pick<Thing, "kind"> & Partial<Pick<Thing, "name" | "of">>;

/**
 * What an update has to mend. The engine believes its state, which still has what somebody changed by hand; a new mark is a change that it
 * acts on. Marks stay as they are from then on, so that the next update has nothing to do. Pure.
 *
 * @param guards how strict the last update's declaration was: what it did not declare can't have been changed since
 * @param last marks of the last update
 */
export function mendsOf(
  declared: readonly Thing[],
  reading: Reading,
  { guards, last }: { readonly guards: Guards; readonly last: readonly Mend[] },
  now: Date,
): Mend[] {
  if (Object.keys(guards).length === 0) return [];
  const wasDeclared = declared.filter((thing) => {
    const object = objectOf(thing);
    return object === undefined || object in guards;
  });
  const broken = brokenThings(wasDeclared, reading);
  const key = (each: Broken) => `${each.is}\0${keyOf(each)}`;
  const found = new Set(broken.map(key));
  return [
    ...last.filter((each) => !found.has(key(each))),
    ...broken.map((each) => ({ ...each, at: now.toISOString() })),
  ];
}

/** Newest mark of what a resource is about. @default undefined: nobody ever changed it */
export const markOf = ({ marks }: Mends, ...about: readonly About[]): string | undefined =>
  newest(marks.filter((mend) => about.some((each) => isAbout(each, mend))));

/** It was there, and GitHub does not have it now. */
export const isGone = ({ marks, at }: Mends, about: About): boolean =>
  marks.some((mend) => mend.is === "missing" && mend.at === at && isAbout(about, mend));

/** How a resource is declared that GitHub knows by a number, so that one that was removed by hand is made anew. */
export interface Remade {
  readonly replacementTrigger: string;
  /** What is gone can't be removed: GitHub would answer 404. So what is no longer declared stays, and drift tells of it. */
  readonly retainOnDelete: true;
  /** The engine makes nothing anew that is protected; the next update protects it again. */
  readonly protect: boolean;
}

export function remade({ marks, at }: Mends, about: About): Remade {
  const mark = newest(marks.filter((mend) => mend.is === "missing" && isAbout(about, mend)));
  return { replacementTrigger: mark ?? "made", retainOnDelete: true, protect: mark !== at };
}

const newest = (marks: readonly Mend[]) =>
  marks
    .map(({ at }) => at)
    .sort()
    .at(-1);

const isAbout = ({ kind, name, of }: About, mend: Mend) =>
  kind === mend.kind && (name === undefined || name === mend.name) && (of === undefined || of === mend.of);
