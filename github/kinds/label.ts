import type { ApiSetting } from "../api-setting.ts";
import { defaultLabels } from "./defaults.ts";
import { readingOf, type Kind, type Thing } from "./kind.ts";
import { quoted } from "./words.ts";

/** Types of commits, from the guide's section "Commit Convention". */
export const commitTypes = {
  feat: "New feature",
  fix: "Bug fix",
  docs: "Documentation",
  style: "Formatting",
  refactor: "Code restructure",
  test: "Add tests",
  chore: "Maintenance",
  perf: "Performance",
  ci: "CI/CD changes",
  build: "Build system",
  revert: "Revert commit",
} as const;

/** A label of issues and pull requests. */
export interface Label {
  readonly name: string;
  /** Six hexadecimal digits. */
  readonly color: string;
  readonly description: string;
}

const colors: Readonly<Record<keyof typeof commitTypes, string>> = {
  feat: "0e8a16",
  fix: "d73a4a",
  docs: "0075ca",
  style: "c5def5",
  refactor: "fbca04",
  test: "bfd4f2",
  chore: "ededed",
  perf: "5319e7",
  ci: "1d76db",
  build: "006b75",
  revert: "b60205",
};

/** One label for each type of commit. */
export const typeLabels: readonly Label[] = Object.entries(commitTypes).map(([type, description]) => ({
  name: `type: ${type}`,
  color: colors[type as keyof typeof commitTypes],
  description,
}));

/** A label as it has to be. @param path of the repository in the API */
export function labelSetting(path: string, { name, color, description }: Label): ApiSetting {
  const one = `${path}/labels/${encodeURIComponent(name)}`;
  const rest = { color, description };
  return {
    what: `label "${name}"`,
    read: one,
    wanted: { name, ...rest },
    write: { method: "PATCH", path: one, body: { new_name: name, ...rest } },
    make: { method: "POST", path: `${path}/labels`, body: { name, ...rest } },
  };
}

/** Labels of issues and pull requests. */
export const label: Kind = {
  title: ({ name }) => `label "${name}"`,
  declare: ({ repository: settings }) =>
    settings
      ? [...typeLabels, ...settings.labels].map(({ name, color, description }): Thing => {
          return { kind: "label", name, fields: { name, color, description } };
        })
      : [],
  async read(reader) {
    const answer = await reader.ask("labels", ({ paginate, rest }, at) =>
      paginate(rest.issues.listLabelsForRepo, { ...at, per_page: 100 }),
    );
    return readingOf("label", answer, (labels) =>
      labels.map(({ name, color, description }) => {
        return { kind: "label", name, fields: { name, color, description: description ?? "" } };
      }),
    );
  },
  words: { name: quoted("name"), color: quoted("colour"), description: quoted("description") },
  isExpected: ({ name }) => defaultLabels.includes(name.toLowerCase()),
  isCaseless: true,
  imports: { IssueLabel: (input, find) => find(input("name"))?.name },
};
