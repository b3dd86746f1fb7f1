import { census } from "../github/census.ts";
import { askApprovers } from "../github/plan/approvers.ts";
import { readerOf } from "../github/read/reader.ts";
import type { Sections } from "../github/sections.ts";
import type { Census } from "../github/take-census.ts";
import { addressOf } from "../lib/entrance/entrance-settings.ts";
import type { NoticesSettings } from "../lib/notices/schema.ts";
import type { MonitoringSettings } from "../monitoring/schema.ts";
import type { CheckedHost } from "./host.ts";
import { backupsItem, isBackedUp } from "./items/backups.ts";
import { dashboardsItem } from "./items/dashboards.ts";
import { githubItems } from "./items/github.ts";
import { hooksItem } from "./items/hooks.ts";
import { noticesItem } from "./items/notices.ts";
import { rollbackItem } from "./items/rollback.ts";
import { signedItem } from "./items/sign-offs.ts";
import { sshAccess } from "./items/ssh-access.ts";
import { tryPush } from "./items/try-push.ts";
import { itemNames, type Item } from "./model.ts";
import { signedItems, type ChecklistSettings } from "./schema.ts";

/** What of a stack's settings the checklist is about. */
export interface CheckedSettings extends ChecklistSettings, MonitoringSettings, Pick<NoticesSettings, "notices"> {
  readonly service: string;
  readonly subnet: string;
  readonly url: string;
  readonly listenAddress: string;
  readonly listenPort: number;
}

export interface ChecklistArgs {
  readonly stack: string;
  readonly settings: CheckedSettings;
  readonly hosts: readonly CheckedHost[];
  /** Stack that declares the repositories, as its file says. @default none does */
  readonly governance:
    | {
        readonly stack: string;
        readonly repositories: readonly {
          readonly sections: Sections;
          readonly environmentsElsewhere: readonly string[];
        }[];
      }
    | undefined;
  /** What GitHub is asked with; empty if there is none. */
  readonly token: string;
  /** Folder in the service's clone. */
  readonly clone: string;
  /** Who runs it. */
  readonly by: string;
  /** What does more than look: tells people, pushes, moves traffic. */
  readonly tests: Readonly<Record<"notices" | "push" | "drill", boolean>>;
  /** The command that brings the stack up. */
  readonly makeUp: string;
  readonly today: Date;
}

/** The guide's ten items for a stack, in its order; and its backups, where it has data. */
export function checklistItems(args: ChecklistArgs): Item[] {
  const { stack, settings, hosts, governance, token, clone, by, tests, makeUp, today } = args;
  const repositories = (governance?.repositories ?? []).map(({ sections, environmentsElsewhere }) => {
    let asked: Promise<Census> | undefined;
    return {
      sections,
      census: () => (asked ??= ask(() => census({ sections, token, environmentsElsewhere }))),
      ...(tests.push ? { push: () => tryPush(readerOf(sections.github, token)) } : {}),
    };
  });
  const url = addressOf(settings);
  const names = repositories.map(({ sections: { github } }) => `${github.owner}/${github.repository}`);
  const items = [
    ...githubItems({ stack: governance?.stack ?? "governance", repositories }),
    sshAccess(hosts, makeUp),
    noticesItem({ ...settings, stack, hosts, makeUp, tester: tests.notices ? by : undefined }),
    hooksItem({ folder: clone, repositories: names }),
    dashboardsItem({ ...settings, stack, hosts, makeUp }),
    rollbackItem({ stack, hosts, today, drill: tests.drill ? { url, by } : undefined }),
    ...(hosts.some(isBackedUp) ? [backupsItem({ stack, hosts, today })] : []),
    ...signedItems.map((name) => signedItem({ stack, name, today, signOffs: settings.checklist.signOffs, askSigners })),
  ];
  return items.toSorted((a, b) => itemNames.indexOf(a.name) - itemNames.indexOf(b.name));

  async function askSigners(logins: readonly string[]) {
    const [first] = repositories;
    if (first === undefined)
      throw new Error(
        "no stack declares a repository, so nobody can tell who may sign. Fix: declare slipway:github (docs/github.md)",
      );
    const { github, repository } = first.sections;
    return ask(() => askApprovers(readerOf(github, token), logins, repository?.codeOwners ?? []));
  }

  /** Without a token GitHub would be asked in vain. What logs in elsewhere is of the stack's configuration, which is not decrypted here. */
  async function ask<T>(question: () => Promise<T>): Promise<T> {
    if (token !== "") return question();
    throw new Error(
      "GITHUB_TOKEN is not set. Fix: export GITHUB_TOKEN=<one that may read the repository's administration>",
    );
  }
}
