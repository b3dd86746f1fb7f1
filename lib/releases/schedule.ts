interface Field {
  readonly from: number;
  readonly to: number;
  /** Names that stand for its numbers, the first one for the lowest. */
  readonly words: readonly string[];
}

/** The five fields of cron, as crontab(5) has them: minute, hour, day of the month, month, day of the week. */
const fields: readonly Field[] = [
  { from: 0, to: 59, words: [] },
  { from: 0, to: 23, words: [] },
  { from: 1, to: 31, words: [] },
  { from: 1, to: 12, words: "jan feb mar apr may jun jul aug sep oct nov dec".split(" ") },
  // 7 is Sunday too.
  { from: 0, to: 7, words: "sun mon tue wed thu fri sat".split(" ") },
];

/** Most days that a month has; February in a leap year. */
const longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Numbers of one field; undefined where it is none. */
function numbersOf(text: string, { from, to, words }: Field): number[] | undefined {
  const number = (word: string) => {
    const named = words.indexOf(word.toLowerCase());
    const value = named < 0 ? (/^\d{1,2}$/.test(word) ? Number(word) : NaN) : named + from;
    return value >= from && value <= to ? value : NaN;
  };
  const all = text.split(",").flatMap((part) => {
    const [, range = "", step = "1"] = /^([^/]+)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    const [first = "", last = part.includes("/") ? undefined : first] = range.split("-");
    const [begin, end] = range === "*" ? [from, to] : [number(first), last === undefined ? to : number(last)];
    const isRange = range === "*" || range.split("-").length <= 2;
    if (!isRange || !(begin <= end) || Number(step) < 1) return [NaN];
    return Array.from(
      { length: Math.floor((end - begin) / Number(step)) + 1 },
      (_, index) => begin + index * Number(step),
    );
  });
  return all.some(Number.isNaN) ? undefined : all;
}

/**
 * Reads a cron expression of five fields into the numbers of each, for a host's shell, which only looks whether a number is among them.
 *
 * @returns `minutes hours days months weekdays either|both`, numbers with commas around; `either`: as with every cron, a day counts that is
 * named by its number or by its weekday, if both are named. undefined where it is none, or names no day that there ever is
 */
export function dueTimes(expression: string): string | undefined {
  const words = expression.trim().split(/\s+/);
  if (words.length !== fields.length) return undefined;
  const read = fields.map((field, index) => numbersOf(words[index] ?? "", field));
  const [minutes, hours, days, months, weekdays] = read;
  if (!minutes || !hours || !days || !months || !weekdays) return undefined;
  const isEither = [words[2], words[4]].every((word) => !word?.startsWith("*"));
  const isEver = months.some((month) => days.some((day) => day <= (longestMonths[month - 1] ?? 0)));
  if (!isEver && !isEither) return undefined;
  const lists = [minutes, hours, days, months, weekdays.map((day) => day % 7)];
  const text = lists.map((list) => `,${[...new Set(list)].sort((a, b) => a - b).join(",")},`);
  return [...text, isEither ? "either" : "both"].join(" ");
}
