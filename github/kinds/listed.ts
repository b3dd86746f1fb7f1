import type { Octokit } from "@octokit/rest";
import type { At } from "../read/reader.ts";
import { readingOf, type Kind, type KindName, type Thing } from "./kind.ts";

/** The largest page of a list that GitHub gives. */
export const page = { per_page: 100 } as const;

/** A kind of which GitHub has one list, which often administrators alone see. */
export function listed<T>(
  kind: KindName,
  ask: (octokit: Octokit, at: At) => Promise<T[]>,
  thing: (told: T) => Omit<Thing, "kind">,
  more: Partial<Kind> = {},
): Kind {
  return {
    title: ({ name }) => `${kind} ${name}`,
    async read(reader) {
      const answer = await reader.ask(`${kind}s`, ask);
      return readingOf(kind, answer, (all) => all.map((told) => ({ kind, ...thing(told) })));
    },
    words: {},
    ...more,
  };
}
