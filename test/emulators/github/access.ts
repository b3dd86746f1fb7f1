// Who and what else gets in or is told: deploy keys, webhooks, autolinks.
import { createHash } from "node:crypto";
import type { Call, Handlers } from "./call.ts";
import { created, noContent, ok } from "./call.ts";
import { invalid, notFound } from "./errors.ts";
import { requirePlan } from "./plans.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import { now } from "./world.ts";

export interface DeployKey {
  id: number;
  key: string;
  title: string;
  readOnly: boolean;
  createdAt: string;
}

export interface Webhook {
  id: number;
  active: boolean;
  events: string[];
  /** Its secret is kept, and shown as stars. */
  config: { url?: string; content_type?: string; insecure_ssl?: string | number; secret?: string };
  createdAt: string;
}

export interface Autolink {
  id: number;
  key_prefix: string;
  url_template: string;
  is_alphanumeric: boolean;
}

const api = (call: Call<never> | Call, repository: Repository): string =>
  `${call.world.url}/api/v3/repos/${fullName(repository)}`;

function shownKey(
  call: Call<never> | Call,
  repository: Repository,
  { id, key, title, readOnly, createdAt }: DeployKey,
): object {
  return {
    id,
    key,
    url: `${api(call, repository)}/keys/${id}`,
    title,
    verified: true,
    created_at: createdAt,
    read_only: readOnly,
    added_by: null,
    last_used: null,
    enabled: true,
  };
}

function shownHook(
  call: Call<never> | Call,
  repository: Repository,
  { id, active, events, config, createdAt }: Webhook,
): object {
  const url = `${api(call, repository)}/hooks/${id}`;
  return {
    type: "Repository",
    id,
    name: "web",
    active,
    events,
    config: { ...config, ...(config.secret === undefined ? {} : { secret: "********" }) },
    created_at: createdAt,
    updated_at: createdAt,
    url,
    test_url: `${url}/test`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: { code: null, status: "unused", message: null },
  };
}

/** The entry with the id of the path. @throws 404 where there is none. */
function byId<T extends { id: number }>(list: T[], id: string): T {
  const entry = list.find((one) => String(one.id) === id);
  if (entry === undefined) throw notFound();
  return entry;
}

function remove(list: { id: number }[], id: string): typeof noContent {
  list.splice(list.indexOf(byId(list, id)), 1);
  return noContent;
}

/** As GitHub keeps it: by its description a form, and certificates are checked. */
function hookConfig({ url, content_type = "form", insecure_ssl = "0", secret }: Webhook["config"]): Webhook["config"] {
  if (url === undefined || !URL.canParse(url))
    throw invalid({ resource: "Hook", code: "custom", field: "url", message: "url is not valid" });
  return { url, content_type, insecure_ssl, ...(secret === undefined || secret === "" ? {} : { secret }) };
}

/** @throws GitHub's refusal of a second one of the same address and events (terraform-provider-github#1168). */
function requireOnce(repository: Repository, { id, config, events }: Webhook): void {
  const isSame = (other: Webhook) =>
    other.config.url === config.url && other.events.some((one) => events.includes(one));
  if (repository.webhooks.some((other) => other.id !== id && isSame(other)))
    throw invalid({ resource: "Hook", code: "custom", message: "Hook already exists on this repository" });
}

export const access: Handlers = {
  "repos/list-deploy-keys"(call) {
    const repository = call.repository("admin");
    return call.list(repository.deployKeys.map((key) => shownKey(call, repository, key)));
  },
  "repos/create-deploy-key"(call) {
    const repository = call.repository("admin");
    const { key, title = "", read_only = false } = call.body;
    if (!/^(ssh-|ecdsa-)\S+ \S+/.test(key))
      throw invalid({ resource: "PublicKey", code: "custom", field: "key", message: "key is invalid" });
    if (repository.deployKeys.some((one) => one.key === key))
      throw invalid({ resource: "PublicKey", code: "custom", field: "key", message: "key is already in use" });
    const fallback = createHash("sha256").update(key).digest("hex").slice(0, 8);
    const made = {
      id: call.world.nextId(),
      // Without its comment: the provider compares keys so (suppressDeployKeyDiff).
      key: key.trim().split(/\s+/).slice(0, 2).join(" "),
      title: title === "" ? fallback : title,
      readOnly: read_only,
      createdAt: now(),
    };
    repository.deployKeys.push(made);
    return created(shownKey(call, repository, made));
  },
  "repos/delete-deploy-key"(call) {
    return remove(call.repository("admin").deployKeys, call.param("key_id"));
  },
  "repos/list-webhooks"(call) {
    const repository = call.repository("admin");
    return call.list(repository.webhooks.map((hook) => shownHook(call, repository, hook)));
  },
  "repos/create-webhook"(call) {
    const repository = call.repository("admin");
    const { config = {}, events = ["push"], active = true } = call.body;
    const hook = { id: call.world.nextId(), active, events, config: hookConfig(config), createdAt: now() };
    requireOnce(repository, hook);
    repository.webhooks.push(hook);
    return created(shownHook(call, repository, hook));
  },
  // "If you previously had a secret set, you must provide the same secret or set a new secret or the secret will be removed": GitHub's
  // description of this operation.
  "repos/update-webhook"(call) {
    const repository = call.repository("admin");
    const hook = byId(repository.webhooks, call.param("hook_id"));
    const { config, events = hook.events, active = hook.active } = call.body;
    const { secret, ...given } = config ?? { ...hook.config, secret: undefined };
    const signed = hookConfig({ ...given, ...(secret === undefined ? {} : { secret }) });
    const changed = { ...hook, events, active, config: signed };
    requireOnce(repository, changed);
    return ok(shownHook(call, repository, Object.assign(hook, changed)));
  },
  "repos/delete-webhook"(call) {
    return remove(call.repository("admin").webhooks, call.param("hook_id"));
  },
  "repos/list-autolinks"(call) {
    return ok(call.repository("admin").autolinks);
  },
  "repos/create-autolink"(call) {
    const repository = call.repository("admin");
    requirePlan("autolinks", repository);
    const { key_prefix, url_template, is_alphanumeric = true } = call.body;
    if (repository.autolinks.some((one) => one.key_prefix === key_prefix))
      throw invalid({ resource: "KeyLink", code: "already_exists", field: "key_prefix" });
    if (!url_template.includes("<num>"))
      throw invalid({
        resource: "KeyLink",
        code: "custom",
        field: "url_template",
        message: "url_template must contain <num>",
      });
    const link = { id: call.world.nextId(), key_prefix, url_template, is_alphanumeric };
    repository.autolinks.push(link);
    return created(link);
  },
  "repos/delete-autolink"(call) {
    return remove(call.repository("admin").autolinks, call.param("autolink_id"));
  },
};
