import type { ApiSetting } from "../api-setting.ts";
import type { RepositoryWithinPlan } from "../plan/limits.ts";
import { newLeftOpen, type Features, type LeftOpen } from "./defaults.ts";
import { levels } from "./directions.ts";
import { readingOf, rulesIn, seen, stated, type Fields, type Kind, type Rule } from "./kind.ts";
import { mergeInputs, mergeReadBack } from "./pull-requests.ts";
import { scanningInputs, scanningReadBack } from "./security.ts";
import { either, onOff, plain, quoted } from "./words.ts";

/**
 * What the provider is given of a repository.
 *
 * @param present what the stack leaves open, as it is: the provider writes each of them whenever it writes one
 */
export function repositoryInputs(name: string, settings: RepositoryWithinPlan, present: LeftOpen = newLeftOpen) {
  const { issues, projects, wiki, discussions, signOff, template } = { ...present, ...stated(settings.features) };
  const { description, homepage, topics, autoMerge } = { ...present, ...texts(settings), ...merging(settings) };
  return {
    name,
    description,
    homepageUrl: homepage,
    topics: [...topics],
    visibility: settings.visibility,
    // Without a first commit there is no branch to protect (terraform-provider-github#577).
    autoInit: true,
    hasIssues: issues,
    hasProjects: projects,
    hasWiki: wiki,
    hasDiscussions: discussions,
    webCommitSignoffRequired: signOff,
    isTemplate: template,
    hasDownloads: false,
    allowAutoMerge: autoMerge,
    ...mergeInputs(settings),
    ...scanningInputs(settings),
  };
}

const apiNames: Readonly<Record<keyof Features, string>> = {
  issues: "has_issues",
  projects: "has_projects",
  wiki: "has_wiki",
  discussions: "has_discussions",
  signOff: "web_commit_signoff_required",
  template: "is_template",
};

const texts = ({ description, homepage, topics }: RepositoryWithinPlan) => stated({ description, homepage, topics });
const merging = ({ autoMerge }: RepositoryWithinPlan) => stated({ autoMerge });

/** The repository as it has to be. @param path of it in the API */
export function repositorySettings(path: string, settings: RepositoryWithinPlan): ApiSetting[] {
  const { topics, ...lines } = texts(settings);
  const wanted = {
    visibility: settings.visibility,
    ...lines,
    ...Object.fromEntries(
      Object.entries(stated(settings.features)).map(([name, value]) => [apiNames[name as keyof Features], value]),
    ),
    default_branch: "main",
    ...mergeReadBack(settings),
    ...scanningReadBack(settings),
  };
  const names = topics && { names: [...topics] };
  return [
    {
      what: "the repository's settings",
      read: path,
      wanted,
      write: { method: "PATCH", path, body: wanted },
      sends: "differences",
    },
    ...(names
      ? [
          {
            what: "topics",
            read: `${path}/topics`,
            wanted: names,
            write: { method: "PUT", path: `${path}/topics`, body: names } as const,
          },
        ]
      : []),
  ];
}

/** That there is such a repository. */
export const repository: Kind = {
  title: ({ name }) => `repository ${name}`,
  declare: ({ github, repository }) =>
    repository && github ? [{ kind: "repository", name: `${github.owner}/${github.repository}`, fields: {} }] : [],
  async read(reader) {
    return readingOf("repository", await reader.repository(), ({ full_name: name }) => [
      { kind: "repository", name, fields: {} },
    ]);
  },
  words: {},
  isExpected: () => true,
  imports: Object.fromEntries(
    ["Repository", "ActionsRepositoryPermissions", "RepositoryDependabotSecurityUpdates"].map((type) => [
      type,
      () => "",
    ]),
  ),
};

const rules: Readonly<Record<string, Rule>> = {
  visibility: { words: "visibility", direction: levels("public", "internal", "private") },
};

/** What the repository is and which of GitHub's parts it has. */
export const settings: Kind = {
  title: () => "repository",
  declare: ({ repository: settings }) =>
    settings
      ? [
          {
            kind: "settings",
            name: "",
            fields: {
              visibility: settings.visibility,
              ...texts(settings),
              defaultBranch: "main",
              archived: false,
              ...stated(settings.features),
            },
          },
        ]
      : [],
  async read(reader) {
    return readingOf("settings", await reader.repository(), (data) => {
      const fields = {
        visibility: data.visibility ?? (data.private ? "private" : "public"),
        description: data.description ?? "",
        homepage: data.homepage ?? "",
        topics: data.topics ?? [],
        defaultBranch: data.default_branch,
        archived: data.archived,
        template: data.is_template ?? false,
        issues: data.has_issues,
        projects: data.has_projects,
        wiki: data.has_wiki,
        discussions: data.has_discussions,
        signOff: data.web_commit_signoff_required ?? false,
      };
      return [seen({ kind: "settings", name: "" }, fields)];
    });
  },
  words: {
    visibility: plain("it is"),
    description: quoted("description"),
    homepage: quoted("homepage"),
    topics: { list: "topics" },
    defaultBranch: plain("the default branch is"),
    archived: either("it is archived: nobody can change anything", "it is not archived"),
    template: either("it is a template for others", "it is no template"),
    issues: onOff("issues are"),
    projects: onOff("projects are"),
    wiki: onOff("the wiki is"),
    discussions: onOff("discussions are"),
    signOff: either("commits on the web need a sign-off", "commits on the web need no sign-off"),
  },
  object: () => "repository",
  rules,
  guards: (fields: Fields) => ({
    ...rulesIn(fields, rules),
    // Where nobody else reads along, every report is private.
    ...(fields.visibility === "public" ? {} : { vulnerabilityReports: true }),
  }),
};
