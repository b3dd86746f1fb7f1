import type { Exported, ExportedResource } from "./exported.ts";

/** Two states, out of `pulumi stack export --show-secrets`. */
export interface States {
  readonly from: Exported;
  readonly to: Exported;
}

/** How two stacks of one project are called. */
export interface StackNames {
  readonly from: string;
  readonly to: string;
}

/** What a move comes to. */
export interface Moved extends States {
  /** URNs in the governance stack of what was taken over. */
  readonly taken: readonly string[];
  /** Secrets that no stack declares from now on; GitHub keeps them. */
  readonly released: readonly string[];
}

/**
 * Takes what a stack declares on GitHub out of its state and into that of the governance stack, with the baseline of the weakening gate; the
 * old stack gets a mark that says so. Pure, and safe to repeat: what is there already is only taken out.
 *
 * Secrets stay with those who hold them: no state has them afterwards, and GitHub keeps their values.
 *
 * What must never happen here: that something is in neither state and still declared, or in both.
 */
export function moveGovernance({ from, to }: States, names: StackNames): Moved {
  const all = from.deployment.resources ?? [];
  const mine = all.filter(isGoverned);
  const target = to.deployment.resources ?? [];
  const isOver = (urn: string) => mine.some((resource) => resource.urn === urn && !isSecret(resource));
  const rename = renaming(mine, names);
  const root = target.find(isRoot) ?? emptyRoot(all, rename);
  const there = new Set([...target.map(({ urn }) => urn), root.urn]);
  const providers = providersBehind(all, mine);
  const moved = [...providers, ...mine.filter((resource) => !isSecret(resource))].map((resource) =>
    renamed(
      withoutStrangers(resource, (urn) => isOver(urn) || providers.some((each) => each.urn === urn)),
      rename,
    ),
  );
  // The account is the repository's, and each of its stacks had one.
  const taken = moved.filter(({ urn }) => !there.has(urn));
  const ids = new Map([...taken, ...target].map(({ urn, id }) => [urn, id]));
  return {
    from: withResources(
      from,
      all.flatMap((resource) => (isGoverned(resource) ? [] : [leaving(resource, names, mine)])),
    ),
    to: withResources(to, [
      withBaseline(root, all.find(isRoot)),
      ...target.filter((resource) => !isRoot(resource)),
      ...taken.map((resource) => withProvider(resource, ids)),
    ]),
    taken: taken.map(({ urn }) => urn).filter((urn) => !urn.includes("pulumi:providers:")),
    released: mine.filter(isSecret).map(({ urn }) => nameOf(urn)),
  };
}

const typesOf = (urn: string) => urn.split("::")[2] ?? "";
const nameOf = (urn: string) => urn.split("::").slice(3).join("::");
const isRoot = ({ type }: ExportedResource) => type === "pulumi:pulumi:Stack";
const isGoverned = ({ urn }: ExportedResource) => typesOf(urn).startsWith("slipway:github:");
const isSecret = ({ type }: ExportedResource) => /^github:index\/.*Secret$/.test(type);

/** The engine's own providers that what is moved was made with. */
function providersBehind(all: readonly ExportedResource[], mine: readonly ExportedResource[]): ExportedResource[] {
  const used = new Set(mine.flatMap(({ provider }) => provider?.replace(/::[^:]*$/, "") ?? []));
  return all.filter((resource) => used.has(resource.urn) && !isGoverned(resource));
}

/** Other stack, and an environment by its own name, because a governance stack has several. */
function renaming(mine: readonly ExportedResource[], { from, to }: StackNames): (text: string) => string {
  const environment = mine.find(
    ({ urn, type }) => type.endsWith(":RepositoryEnvironment") && nameOf(urn) === "environment",
  );
  const name = environment?.inputs?.environment;
  const prefix = `urn:pulumi:${from}::`;
  return (text) => {
    if (!text.startsWith(prefix)) return text;
    const [, project = "", types = "", ...rest] = text.split("::");
    const isOwn = types.startsWith("slipway:github:DeploymentEnvironment") && typeof name === "string";
    const own = rest.map((part, index) => {
      if (types === "pulumi:pulumi:Stack") return `${project}-${to}`;
      return isOwn && index === 0 ? part.replace(/^environment(?=$|-)/, `environment-${name}`) : part;
    });
    return [`urn:pulumi:${to}`, project, types, ...own].join("::");
  };
}

const renamed = (resource: ExportedResource, rename: (text: string) => string) =>
  everyText(resource, rename) as ExportedResource;

/** A value with each text in it, names of properties among them, as `change` has it. */
function everyText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((each) => everyText(each, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [change(key), everyText(each, change)]));
}

/** Without its dependencies on what does not come along. */
function withoutStrangers(resource: ExportedResource, comes: (urn: string) => boolean): ExportedResource {
  const {
    dependencies = [],
    propertyDependencies = {},
    ...rest
  } = resource as ExportedResource & {
    dependencies?: readonly string[] | null;
    propertyDependencies?: Readonly<Record<string, readonly string[] | null>> | null;
  };
  const kept = (urns: readonly string[] | null) => (urns ?? []).filter(comes);
  const byProperty = Object.entries(propertyDependencies ?? {}).map(([name, urns]) => [name, kept(urns)] as const);
  return {
    ...rest,
    dependencies: kept(dependencies),
    propertyDependencies: Object.fromEntries(byProperty),
  } as ExportedResource;
}

/** Made with the provider that is there now. */
function withProvider(resource: ExportedResource, ids: ReadonlyMap<string, string | undefined>): ExportedResource {
  if (resource.provider === undefined || resource.provider === "") return resource;
  const urn = resource.provider.replace(/::[^:]*$/, "");
  const id = ids.get(urn);
  return id === undefined ? resource : { ...resource, provider: `${urn}::${id}` };
}

function emptyRoot(all: readonly ExportedResource[], rename: (text: string) => string): ExportedResource {
  const root = all.find(isRoot);
  if (root === undefined) throw new Error("the stack has no state, so there is nothing to move");
  return renamed({ ...root, outputs: {} }, rename);
}

/** What the gate holds the next update against: what both declared. */
function withBaseline(root: ExportedResource, old: ExportedResource | undefined): ExportedResource {
  const [mine, theirs] = [rulesOf(root), rulesOf(old)];
  const list = (name: string) => [...((mine[name] ?? []) as unknown[]), ...((theirs[name] ?? []) as unknown[])];
  const listed = { ...(theirs.repositories as object | undefined), ...(mine.repositories as object | undefined) };
  const rules = {
    ...(Object.keys(listed).length > 0 ? { repositories: listed } : {}),
    guards: { ...(theirs.guards as object | undefined), ...(mine.guards as object | undefined) },
    approvedWeakenings: list("approvedWeakenings"),
    mended: list("mended"),
  };
  return { ...root, outputs: { ...root.outputs, rules } };
}

const rulesOf = (root: ExportedResource | undefined) => (shown(root?.outputs?.rules) ?? {}) as Record<string, unknown>;

/** What is left of the old stack's resource: its outputs say where the rules went. */
function leaving(resource: ExportedResource, { to }: StackNames, mine: readonly ExportedResource[]): ExportedResource {
  if (!isRoot(resource) || mine.length === 0) return resource;
  return { ...resource, outputs: { ...resource.outputs, rules: { movedTo: to } } };
}

/** Values that the engine wraps as secrets, unwrapped: how strict rules are is none. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== "object" || value === null) return value;
  if ("plaintext" in value && typeof value.plaintext === "string") return shown(JSON.parse(value.plaintext));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shown(each)]));
}

const withResources = (state: Exported, resources: readonly ExportedResource[]): Exported => ({
  ...state,
  deployment: { ...state.deployment, resources },
});
