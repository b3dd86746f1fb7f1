import { kindsOfChange, type Change, type KindOfChange, type PreviewedChanges, type Said } from "./changes.ts";

/** Characters. GitHub takes 65,536 (pulumi/actions#482, #1387); the job that posts may add a line. */
export const commentLimit = 60_000;

/** First line of a stack's comment: by it the next run finds the one to edit (pulumi/actions#633, #754). */
export const commentMarker = (project: string, stack: string): string =>
  `<!-- slipway: preview of ${project}/${stack} -->`;

const headings: Readonly<Record<KindOfChange, readonly [count: string, title: string]>> = {
  delete: ["to delete", "Deletes"],
  replace: ["to replace", "Replaces: the old one is deleted"],
  update: ["to change", "Changes"],
  create: ["to create", "Creates"],
  import: ["to take over", "Takes over what is there"],
};

/** Long lists that are no surprise are folded. */
const folded: readonly KindOfChange[] = ["create", "import"];

/**
 * One comment on a pull request: what harms comes first, what is long last. What is not ours in it can't become markup, a mention or a link.
 * Pure; the same preview gives the same text.
 *
 * @param limit characters; what does not fit is counted
 */
export function previewComment(
  { project, stack, changes, unchanged, said }: PreviewedChanges,
  limit = commentLimit,
): string {
  const of = (kind: KindOfChange) => changes.filter((change) => change.kind === kind);
  const counts = kindsOfChange.flatMap((kind) =>
    of(kind).length > 0 ? [`${of(kind).length} ${headings[kind][0]}`] : [],
  );
  const failed = said.some(({ severity }) => severity === "error");
  const verdict = failed ? "refused" : counts.length > 0 ? counts.join(", ") : "nothing changes";
  const head = [
    commentMarker(project, stack),
    `### Preview of ${code(stack)}: ${verdict}`,
    "",
    ...sentences(said, "error", "Refused", limit / 4),
    ...sentences(said, "warning", "Mind", limit / 8),
    ...sentences(said, "info", undefined, limit / 8),
  ];
  const foot = unchanged > 0 ? [`${unchanged} unchanged.`] : [];
  const sections = kindsOfChange.flatMap((kind) => section(kind, of(kind)));
  return fit(head, sections, foot, limit);
}

interface Section {
  readonly open: readonly string[];
  readonly rows: readonly string[];
  readonly close: readonly string[];
}

function section(kind: KindOfChange, changes: readonly Change[]): Section[] {
  if (changes.length === 0) return [];
  const title = `${headings[kind][1]} (${changes.length})`;
  const rows = [...changes]
    .sort((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1))
    .map((change) => `| ${code(change.name)} | ${code(change.type)} | ${properties(change)} |`);
  const table = ["| what | type | differs |", "| --- | --- | --- |"];
  return folded.includes(kind)
    ? [{ open: ["<details>", `<summary>${title}</summary>`, "", ...table], rows, close: ["", "</details>", ""] }]
    : [{ open: [`**${title}**`, "", ...table], rows, close: [""] }];
}

/** Enough to see what it is about; a container's list of ports is not. */
const shownProperties = 12;

function properties({ properties }: Change): string {
  const rest = properties.length - shownProperties;
  const shown = properties
    .slice(0, shownProperties)
    .map(({ path, from, to }) =>
      from === undefined || to === undefined ? code(path) : `${code(path)} ${code(from)} → ${code(to)}`,
    );
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join("<br>");
}

const longestSentence = 2_000;

/** @param room characters for all of them */
function sentences(
  said: readonly Said[],
  severity: Said["severity"],
  title: string | undefined,
  room: number,
): string[] {
  const mine = said.filter((each) => each.severity === severity);
  if (mine.length === 0) return [];
  const lines = mine.map(({ text }) => `- ${text.split("\n").map(plain).join("<br>")}`);
  const fits = fitting(lines, room);
  return [
    ...(title === undefined ? [] : [`**${title}**`, ""]),
    ...lines.slice(0, fits),
    ...(fits < lines.length ? [`- ${lines.length - fits} more: see the run`] : []),
    "",
  ];
}

/** How many of the lines fit into so many characters. */
function fitting(lines: readonly string[], room: number): number {
  let left = room;
  const first = lines.findIndex((line) => (left -= line.length + 1) < 0);
  return first === -1 ? lines.length : first;
}

/** Fills the room by order of harm. Every section keeps its heading and its count. */
function fit(head: readonly string[], sections: readonly Section[], foot: readonly string[], limit: number): string {
  const size = (lines: readonly string[]) => lines.reduce((sum, line) => sum + line.length + 1, 0);
  const more = (count: number) => `| ${count} more | | see the run |`;
  const fixed = size([
    ...head,
    ...foot,
    ...sections.flatMap(({ open, close }) => [...open, ...close, more(99_999_999)]),
  ]);
  let room = limit - fixed;
  const body = sections.flatMap(({ open, rows, close }) => {
    const fits = fitting(rows, room);
    room -= size(rows.slice(0, fits));
    return [...open, ...rows.slice(0, fits), ...(fits < rows.length ? [more(rows.length - fits)] : []), ...close];
  });
  return `${[...head, ...body, ...foot].join("\n").trimEnd()}\n`;
}

const longestName = 300;

/** Text in GitHub's `<code>`: no mention, reference or link begins in it, and no Markdown by character references. */
const code = (text: string): string => `<code>${references(short(text, longestName).replace(/\s+/g, " "))}</code>`;

/** A sentence. The joiner ends mentions and references, which GitHub looks for after it has resolved the characters. */
const plain = (text: string): string =>
  references(short(text, longestSentence)).replace(/&#(?:64|35);|:(?=&#47;)|www(?=&#46;)/gi, "$&&#8288;");

const short = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** CommonMark: a character reference never begins or ends structure. Controls and marks of direction, which hide text, are dropped. */
const references = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, " ")
    .trim()
    .replace(/[^\p{L}\p{N}\p{Zs}.,:;()%=+→–—…'-]/gu, (character) => `&#${character.codePointAt(0) ?? 32};`)
    .replace(/www\./gi, (bare) => bare.replace(".", "&#46;"))
    .replace(/^(\d+)(?=[.)])|^[-+=]/, "&#8288;$&");
