/** Names of branches, tags or actions, as a list of patterns; one that starts with `!` takes names out again. */
export type Patterns = readonly string[];

/** How a pattern is read: GitHub reads references as file names, where `*` stops at a slash, and actions as plain text. */
export type Syntax = "references" | "actions";

/** Stands for every character that no pattern names. */
const other = "\0";

/** One place between two parts of a pattern. */
interface State {
  /** Places that are reached without a character. */
  readonly free: number[];
  readonly next: { readonly takes: (character: string) => boolean; readonly to: number }[];
}

interface Automaton {
  readonly states: readonly State[];
  readonly end: number;
}

/**
 * Does every name that `inner` means belong to `outer` as well?
 *
 * Exact, not by looks: both sides are read as automata and walked together, so `v*.*.*` lies within `v*`, and `release/**` within `~ALL`.
 */
export function isWithin(inner: Patterns, outer: Patterns, syntax: Syntax): boolean {
  if (inner.length === outer.length && inner.every((pattern, index) => pattern === outer[index])) return true;
  const sides = [inner, outer].map((patterns) =>
    patterns.map((pattern) => ({
      takesOut: pattern.startsWith("!"),
      automaton: automatonOf(readable(pattern.replace(/^!/, "")), syntax),
    })),
  );
  const all = sides.flat();
  const [innerCount = 0] = sides.map(({ length }) => length);
  const alphabet = charactersOf([...inner, ...outer]);
  const start = all.map(({ automaton }) => closure(automaton, [0]));
  const seen = new Set<string>();
  const open = [start];
  for (let places = open.pop(); places !== undefined; places = open.pop()) {
    const hits = all.map(({ automaton, takesOut }, index) => ({
      takesOut,
      isHit: places[index]?.includes(automaton.end) ?? false,
    }));
    if (isMember(hits.slice(0, innerCount)) && !isMember(hits.slice(innerCount))) return false;
    for (const character of alphabet) {
      const reached = all.map(({ automaton }, index) => step(automaton, places[index] ?? [], character));
      const isDead = all.slice(0, innerCount).every(({ takesOut }, index) => takesOut || reached[index]?.length === 0);
      const key = JSON.stringify(reached);
      if (isDead || seen.has(key)) continue;
      seen.add(key);
      open.push(reached);
    }
  }
  return true;
}

function isMember(hits: readonly { takesOut: boolean; isHit: boolean }[]): boolean {
  return (
    hits.some(({ takesOut, isHit }) => isHit && !takesOut) && !hits.some(({ takesOut, isHit }) => isHit && takesOut)
  );
}

/** GitHub's own names of many references. Slipway's default branch is main. */
function readable(pattern: string): string {
  if (pattern === "~ALL") return "**/*";
  return pattern === "~DEFAULT_BRANCH" ? "refs/heads/main" : pattern;
}

function automatonOf(pattern: string, syntax: Syntax): Automaton {
  const start: State = { free: [], next: [] };
  const states = [start];
  const at = () => states.length - 1;
  const add = () => {
    states.push({ free: [], next: [] });
    return at();
  };
  const from = (index: number) => states[index] ?? start;
  const inName = (character: string) => syntax === "actions" || character !== "/";
  for (let rest = pattern; rest !== "";) {
    const [part = ""] = /^(\*\*\/|\*+|\[[!^]?[^\]]+\]|\\.|.)/su.exec(rest) ?? [];
    rest = rest.slice(part.length);
    const here = at();
    if (part === "**/" && syntax === "references") {
      const inside = add();
      const there = add();
      from(here).free.push(there);
      for (const place of [here, inside]) {
        from(place).next.push(
          { takes: () => true, to: inside },
          { takes: (character) => character === "/", to: there },
        );
      }
    } else if (part.startsWith("*")) {
      const there = add();
      from(here).free.push(there);
      from(there).next.push({ takes: inName, to: there });
      if (part === "**/") literal("/");
    } else if (part === "?") {
      from(here).next.push({ takes: inName, to: add() });
    } else if (part.startsWith("[") && part.length > 1) {
      const isIn = setOf(part);
      from(here).next.push({ takes: (character) => character !== "/" && isIn(character), to: add() });
    } else literal(part.length > 1 && part.startsWith("\\") ? part.slice(1) : part);
  }
  return { states, end: at() };

  function literal(text: string): void {
    const here = at();
    from(here).next.push({ takes: (character) => character === text, to: add() });
  }
}

/** `[a-z]`, `[!0-9]`. */
function setOf(part: string): (character: string) => boolean {
  const [, not = "", body = ""] = /^\[([!^]?)([^\]]+)\]$/su.exec(part) ?? [];
  const characters = new Set(expanded(body));
  return (character) => characters.has(character) !== (not !== "");
}

function expanded(body: string): string[] {
  return [...body.matchAll(/(.)-(.)|(.)/gsu)].flatMap(([, low, high, one]) => {
    if (low === undefined || high === undefined) return one ?? [];
    const first = low.codePointAt(0) ?? 0;
    return Array.from({ length: Math.max(0, (high.codePointAt(0) ?? 0) - first + 1) }, (_, index) =>
      String.fromCodePoint(first + index),
    );
  });
}

/** Every character that makes a difference to some pattern. */
function charactersOf(patterns: Patterns): string[] {
  const named = patterns.flatMap((pattern) => [
    ...Array.from(readable(pattern.replace(/^!/, ""))),
    ...[...pattern.matchAll(/\[[!^]?([^\]]+)\]/gsu)].flatMap(([, body = ""]) => expanded(body)),
  ]);
  return [...new Set([...named, "/", other])];
}

function closure({ states }: Automaton, places: readonly number[]): number[] {
  const reached = new Set(places);
  for (const place of reached) for (const there of states[place]?.free ?? []) reached.add(there);
  return [...reached].sort((a, b) => a - b);
}

function step(automaton: Automaton, places: readonly number[], character: string): number[] {
  return closure(
    automaton,
    places.flatMap((place) =>
      (automaton.states[place]?.next ?? []).filter(({ takes }) => takes(character)).map(({ to }) => to),
    ),
  );
}
