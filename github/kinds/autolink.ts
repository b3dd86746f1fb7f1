import type { ApiSetting } from "../api-setting.ts";
import type { RepositorySettings } from "../schema.ts";
import type { Thing } from "./kind.ts";
import { listed } from "./listed.ts";
import { either, plain } from "./words.ts";

/** Autolinks as they have to be. GitHub changes none: a wrong one is removed and made again. @param path of the repository in the API */
export function autolinkSettings(path: string, { autolinks }: Pick<RepositorySettings, "autolinks">): ApiSetting[] {
  const all = `${path}/autolinks`;
  return Object.entries(autolinks).map(([prefix, { url, alphanumeric }]) => {
    const body = { key_prefix: prefix, url_template: url, is_alphanumeric: alphanumeric };
    return {
      what: `autolink ${prefix}`,
      read: all,
      lists: "contain",
      wanted: [body],
      entry: { path: all, by: "key_prefix", body },
    };
  });
}

/** References to other systems that GitHub turns into links: `TICKET-12`. */
export const autolink = listed(
  "autolink",
  async ({ rest }, at) => (await rest.repos.listAutolinks(at)).data,
  ({ key_prefix, url_template, is_alphanumeric }) => ({
    name: key_prefix,
    fields: { url: url_template, alphanumeric: is_alphanumeric },
  }),
  {
    declare: ({ repository }) =>
      Object.entries(repository?.autolinks ?? {}).map(([name, fields]): Thing => ({ kind: "autolink", name, fields })),
    words: {
      url: plain("it leads to"),
      alphanumeric: either("letters may follow it", "only digits may follow it"),
    },
  },
);
