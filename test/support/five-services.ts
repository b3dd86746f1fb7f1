import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A service as docs/five-services.md shows it. */
export interface PageService {
  /** Its heading. */
  readonly title: string;
  /** Text of its stack file. */
  readonly stack: string;
  /** Its own files, by path in its folder. */
  readonly files: Readonly<Record<string, string>>;
}

const page = readFileSync(join(import.meta.dirname, "../../docs/five-services.md"), "utf8");

/** All of the page. A block is a file if its first line names one behind its language. */
export function servicesOfPage(): PageService[] {
  const [, ...sections] = page.split(/^## /m);
  return sections.map((section) => {
    const blocks = [...section.matchAll(/^```\w+ (\S+)\n([^]*?)^```$/gm)];
    const { "Pulumi.local.yaml": stack = "", ...files } = Object.fromEntries(
      blocks.map(([, path = "", text = ""]) => [path, text]),
    );
    return { title: section.split("\n")[0] ?? "", stack, files };
  });
}
