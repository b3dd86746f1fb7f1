import type { ApiSetting } from "../api-setting.ts";
import { there, type Answer } from "../read/reader.ts";
import type { ToldLabel } from "../read/told.ts";
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

/** A label of the configuration. */
export interface DeclaredLabel extends Label {
  /** An earlier name: issues that have the label under it keep it. */
  readonly was?: string | undefined;
}

const labelPath = (path: string, name: string) => `${path}/labels/${encodeURIComponent(name)}`;

/** A label as it has to be. @param path of the repository in the API */
export function labelSetting(path: string, { name, color, description, was }: DeclaredLabel): ApiSetting {
  const one = labelPath(path, name);
  const rest = { color, description };
  const renamed = was === undefined ? undefined : labelPath(path, was);
  return {
    what: `label "${name}"`,
    read: one,
    wanted: { name, ...rest },
    among: { list: `${path}/labels?per_page=100`, by: "name" },
    write: { method: "PATCH", path: one, body: { new_name: name, ...rest } },
    make: { method: "POST", path: `${path}/labels`, body: { name, ...rest } },
    ...(renamed === undefined
      ? {}
      : { outOf: { read: renamed, write: { method: "PATCH", path: renamed, body: { new_name: name, ...rest } } } }),
  };
}

/** A label that has to go, from every issue too. @param path of the repository in the API */
export function removedLabelSetting(path: string, name: string): ApiSetting {
  const one = labelPath(path, name);
  const write = { method: "DELETE", path: one } as const;
  return { what: `label "${name}"`, read: one, wanted: {}, isGone: true, write };
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
    const { labels: told } = await reader.told();
    const answer: Answer<readonly ToldLabel[]> = told
      ? there(told)
      : await reader.ask("labels", ({ paginate, rest }, at) =>
          paginate(rest.issues.listLabelsForRepo, { ...at, per_page: 100 }),
        );
    return readingOf("label", answer, (labels) =>
      labels.map(({ name, color, description }) => {
        return { kind: "label", name, fields: { name, color, description: description ?? "" } };
      }),
    );
  },
  words: { name: quoted("name"), color: quoted("colour"), description: quoted("description") },
  isExpected: ({ name }, { removedLabels }) =>
    defaultLabels.includes(name.toLowerCase()) && !removedLabels.includes(name.toLowerCase()),
  isCaseless: true,
  imports: { IssueLabel: (input, find) => find(input("name"))?.name },
};
