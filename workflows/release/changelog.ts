import { commitTypes } from "../commit-rule.ts";

type CommitType = (typeof commitTypes)[number];

/** Under which heading of the changelog a type of commit stands, in the order of the headings. */
export const headings: Readonly<Record<CommitType, string>> = {
  feat: "Features",
  fix: "Bug fixes",
  perf: "Performance",
  revert: "Reverts",
  docs: "Documentation",
  refactor: "Refactoring",
  test: "Tests",
  build: "Build",
  ci: "Build",
  style: "Chores",
  chore: "Chores",
};

const order = [...new Set(Object.values(headings))];

/** A comment that git-cliff sorts by, and that GitHub does not show; the template takes it away. */
const group = (heading: string): string => `<!-- ${String(order.indexOf(heading)).padStart(2, "0")} -->${heading}`;

const line = String.raw`- {% if commit.scope %}**{{ commit.scope }}:** {% endif %}{{ text | split(pat="\n") | first | trim }} ({{ commit.id | truncate(length=7, end="") }})`;

const body = String.raw`## [{{ version | trim_start_matches(pat="v") }}] - {{ timestamp | date(format="%Y-%m-%d") }}
{% set broken = commits | filter(attribute="breaking", value=true) -%}
{% if broken | length > 0 %}
### Breaking changes

{% for commit in broken -%}
{% set text = commit.breaking_description -%}
${line}
{% endfor -%}
{% endif -%}
{% for group, commits in commits | group_by(attribute="group") %}
### {{ group | striptags | trim }}

{% for commit in commits -%}
{% set text = commit.message -%}
${line}
{% endfor -%}
{% endfor -%}
`;

const toml = (text: string): string => JSON.stringify(text);

/**
 * git-cliff's configuration: the same rule for commits as in hooks and ci.yml. A commit that breaks the rule makes no changelog; merges
 * and the releases' own commits are none that a user would notice.
 */
export function cliffConfig(): string {
  const parsers = [
    `{ message = "^chore\\\\(release\\\\)", skip = true }`,
    // git-cliff takes the rule's types as they are; what follows them, it has checked itself.
    ...commitTypes.map((type) => `{ message = ${toml(`^${type}[(!:]`)}, group = ${toml(group(headings[type]))} }`),
  ];
  return `[changelog]
body = ${toml(body)}
trim = true

[git]
conventional_commits = true
require_conventional = true
filter_unconventional = false
tag_pattern = '^v[0-9]+\\.[0-9]+\\.[0-9]+$'
commit_parsers = [
${parsers.map((parser) => `  ${parser},`).join("\n")}
]
`;
}
