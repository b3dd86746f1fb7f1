import { split } from "shlex";
import { roleName } from "../../router/roles.ts";

/** What a Procfile says beside `web`, which is what the image starts. */
export interface Processes {
  /** Words by the name of a role. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** Words of what is to run before each release. @default it says none */
  readonly release?: readonly string[];
}

/** What only a shell understands. */
const ofShell = /[$`&|;<>()*?~#]|^\w+=|^exec\s/;

/** A line's words; where it needs a shell, that one's, which makes way for it where it can. */
function wordsOf(line: string): readonly string[] {
  const isOneCommand = !/[&|;]|^\w+=|^exec\s/.test(line);
  const inShell = ["sh", "-c", isOneCommand ? `exec ${line}` : line];
  if (ofShell.test(line)) return inShell;
  try {
    return split(line);
  } catch {
    return inShell;
  }
}

/** Reads a Procfile, a process a line: `worker: bundle exec sidekiq`. */
export function readProcfile(text: string): Processes {
  const lines = text.split("\n").flatMap((line) => {
    const [, name = "", command = ""] = /^([A-Za-z0-9_-]+):\s*(\S.*?)\s*$/.exec(line) ?? [];
    return name === "" ? [] : [{ name: name.toLowerCase().replaceAll("_", "-"), words: wordsOf(command) }];
  });
  const release = lines.find(({ name }) => name === "release")?.words;
  const roles = lines.filter(({ name }) => name !== "release" && roleName.test(name));
  return {
    roles: Object.fromEntries(roles.map(({ name, words }) => [name, words])),
    ...(release === undefined ? {} : { release }),
  };
}
