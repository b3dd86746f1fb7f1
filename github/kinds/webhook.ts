import type { ApiSetting } from "../api-setting.ts";
import type { RepositorySettings } from "../schema.ts";
import type { Thing } from "./kind.ts";
import { listed, page } from "./listed.ts";
import { either, onOff, plain } from "./words.ts";

/** Where names of webhooks stand that have a secret, among names of secrets: no environment can be called so. */
export const webhookStore = "slipway:webhookSecrets";

/** What GitHub shows of a secret. Source: "Webhooks", response examples, on docs.github.com. */
const shownSecret = "********";

/** The variable by which a step gets a webhook's secret. */
export const webhookVariable = (name: string): string => `WEBHOOK_SECRET_${name.replace(/\W/g, "_").toUpperCase()}`;

/** Webhooks as they have to be, each by its address. @param path of the repository in the API */
export function webhookSettings(path: string, { webhooks }: Pick<RepositorySettings, "webhooks">): ApiSetting[] {
  const hooks = `${path}/hooks`;
  return Object.entries(webhooks).map(([name, { url, events, contentType, active }]) => {
    const config = { url, content_type: contentType, insecure_ssl: "0" };
    const body = { active, events: [...events], config };
    return {
      what: `webhook ${name}`,
      read: `${hooks}?per_page=${page.per_page}`,
      lists: "contain",
      wanted: [{ ...body, config: { ...config, secret: shownSecret } }],
      entry: { path: hooks, by: "config.url", body, isPatched: true, secret: webhookVariable(name) },
    };
  });
}

const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).host : "an address that is none");

/** Who is told what happens here. */
export const webhook = listed(
  "webhook",
  ({ paginate, rest }, at) => paginate(rest.repos.listWebhooks, { ...at, ...page }),
  ({ active, events, config: { url = "", content_type: contentType = "form", insecure_ssl: insecure, secret } }) => ({
    name: url,
    fields: {
      active,
      events,
      contentType,
      isSigned: secret !== undefined,
      checksCertificate: Number(insecure ?? 0) === 0,
    },
  }),
  {
    // The rest of the address may hold a secret.
    title: ({ name }) => `webhook to ${hostOf(name)}`,
    declare: ({ repository, secrets }) =>
      Object.entries(repository?.webhooks ?? {}).map(([name, { url, ...fields }]): Thing => {
        // A stack that only looks knows the names of secrets.
        const isSigned = secrets?.[webhookStore]?.includes(name) === true ? { isSigned: true } : {};
        return { kind: "webhook", name: url, fields: { ...fields, ...isSigned, checksCertificate: true } };
      }),
    words: {
      active: onOff("it is"),
      events: { list: "events that it is told" },
      contentType: plain("it is told as"),
      isSigned: either("what it is told is signed", "what it is told is not signed"),
      checksCertificate: either("the receiver's certificate is checked", "no certificate is checked"),
    },
    undeclared: () => "is told what happens here, and nobody declared it",
  },
);
