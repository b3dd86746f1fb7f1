// Actions variables of repositories and environments.
import type { AnyHandlers, Call, Reply } from "./call.ts";
import { created, noContent, ok } from "./call.ts";
import { environmentOf } from "./environments.ts";
import { conflict, notFound, unprocessable } from "./errors.ts";
import { now } from "./world.ts";

export interface Variable {
  value: string;
  createdAt: string;
  updatedAt: string;
}

type StoreOf = (call: Call) => Map<string, Variable>;

const ofRepository: StoreOf = (call) => call.repository("write").variables;
const ofEnvironment: StoreOf = (call) => environmentOf(call, "write").variables;

function shown(name: string, { value, createdAt, updatedAt }: Variable): object {
  return { name, value, created_at: createdAt, updated_at: updatedAt };
}

function existing(store: Map<string, Variable>, name: string): Variable {
  const variable = store.get(name.toUpperCase());
  if (variable === undefined) throw notFound();
  return variable;
}

const list =
  (of: StoreOf) =>
  (call: Call): Reply =>
    call.list(
      [...of(call)].map(([name, variable]) => shown(name, variable)),
      "variables",
    );
const get =
  (of: StoreOf) =>
  (call: Call): Reply => {
    const name = call.param("name").toUpperCase();
    return ok(shown(name, existing(of(call), name)));
  };
const create =
  (of: StoreOf) =>
  (call: Call): Reply => {
    const { name, value } = call.body as { name: string; value: string };
    const store = of(call);
    if (!/^[A-Z_][A-Z0-9_]*$/i.test(name) || /^GITHUB_/i.test(name))
      throw unprocessable(
        "Variable names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_).",
      );
    if (store.has(name.toUpperCase())) throw conflict("Already exists - Variable already exists");
    const time = now();
    store.set(name.toUpperCase(), { value, createdAt: time, updatedAt: time });
    return created({});
  };
const update =
  (of: StoreOf) =>
  (call: Call): Reply => {
    const { name, value } = call.body as { name?: string; value?: string };
    const store = of(call);
    const old = call.param("name").toUpperCase();
    const variable = existing(store, old);
    store.delete(old);
    store.set((name ?? old).toUpperCase(), { ...variable, value: value ?? variable.value, updatedAt: now() });
    return noContent;
  };
const remove =
  (of: StoreOf) =>
  (call: Call): Reply => {
    const store = of(call);
    existing(store, call.param("name"));
    store.delete(call.param("name").toUpperCase());
    return noContent;
  };

export const variables: AnyHandlers = {
  "actions/list-repo-variables": list(ofRepository),
  "actions/create-repo-variable": create(ofRepository),
  "actions/get-repo-variable": get(ofRepository),
  "actions/update-repo-variable": update(ofRepository),
  "actions/delete-repo-variable": remove(ofRepository),
  "actions/list-environment-variables": list(ofEnvironment),
  "actions/create-environment-variable": create(ofEnvironment),
  "actions/get-environment-variable": get(ofEnvironment),
  "actions/update-environment-variable": update(ofEnvironment),
  "actions/delete-environment-variable": remove(ofEnvironment),
};
