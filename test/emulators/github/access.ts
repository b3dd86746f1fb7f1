// Who and what else gets in or is told: deploy keys, webhooks, autolinks.
import { createHash } from "node:crypto";
import type { Call, Handlers } from "./call.ts";
import { created, noContent, ok } from "./call.ts";
import { invalid, notFound } from "./errors.ts";
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
  config: { url?: string; content_type?: string; insecure_ssl?: string | number };
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
    config,
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
      key,
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
    const { url, content_type = "form", insecure_ssl = "0" } = config;
    if (url === undefined || !URL.canParse(url))
      throw invalid({ resource: "Hook", code: "custom", field: "url", message: "url is not valid" });
    // The secret is never shown again.
    const hook = {
      id: call.world.nextId(),
      active,
      events,
      config: { url, content_type, insecure_ssl },
      createdAt: now(),
    };
    repository.webhooks.push(hook);
    return created(shownHook(call, repository, hook));
  },
  "repos/delete-webhook"(call) {
    return remove(call.repository("admin").webhooks, call.param("hook_id"));
  },
  "repos/list-autolinks"(call) {
    return ok(call.repository("admin").autolinks);
  },
  "repos/create-autolink"(call) {
    const repository = call.repository("admin");
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
