import { createHash } from "node:crypto";
import type { ApiSetting } from "../api-setting.ts";
import type { RepositorySettings } from "../schema.ts";
import { off } from "./directions.ts";
import type { Thing } from "./kind.ts";
import { listed, page } from "./listed.ts";
import { either, quoted } from "./words.ts";

/** A key as GitHub tells it: without its comment. */
const withoutComment = (key: string) => key.trim().split(/\s+/).slice(0, 2).join(" ");

/** What `ssh-keygen -l` and GitHub's pages call a key: two may have the same title. */
function fingerprintOf(key: string): string {
  const body = Buffer.from(withoutComment(key).split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(body).digest("base64").replace(/=+$/, "")}`;
}

/** Deploy keys as they have to be. GitHub changes none: a wrong one is removed and made again. @param path of the repository in the API */
export function deployKeySettings(path: string, { deployKeys }: Pick<RepositorySettings, "deployKeys">): ApiSetting[] {
  const keys = `${path}/keys`;
  return Object.entries(deployKeys).map(([title, { key, write }]) => {
    const body = { title, key: withoutComment(key), read_only: !write };
    return {
      what: `deploy key "${title}"`,
      read: `${keys}?per_page=${page.per_page}`,
      lists: "contain",
      wanted: [body],
      entry: { path: keys, by: "key", body },
    };
  });
}

/** SSH keys of machines, each for this repository alone. Somebody who may write by one is no person whom a rule could name. */
export const deployKey = listed(
  "deploy key",
  ({ paginate, rest }, at) => paginate(rest.repos.listDeployKeys, { ...at, ...page }),
  ({ key, title, read_only }) => ({ name: fingerprintOf(key), fields: { title, readOnly: read_only } }),
  {
    title: ({ fields }) => `deploy key "${fields.title as string}"`,
    declare: ({ repository }) =>
      Object.entries(repository?.deployKeys ?? {}).map(([title, { key, write }]): Thing => {
        return { kind: "deploy key", name: fingerprintOf(key), fields: { title, readOnly: !write } };
      }),
    words: { title: quoted("title"), readOnly: either("it may only read", "it may write") },
    undeclared: ({ fields }) => `may ${fields.readOnly === true ? "read" : "write"}, and nobody declared it`,
    object: () => "repository",
    rules: {
      writeKey: {
        words: "deploy key that may write",
        direction: { ...off, show: (value) => (value === true ? "yes" : "no") },
      },
    },
    guards: ({ readOnly }, name) => (readOnly === false ? { [`writeKey.${name}`]: true } : {}),
  },
);
