// Labels; a new repository has nine of them.
import type { Handlers } from "./call.ts";
import { created, noContent, ok } from "./call.ts";
import { nodeId } from "./accounts.ts";
import { invalid, notFound } from "./errors.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import type { World } from "./world.ts";

export interface Label {
  id: number;
  name: string;
  color: string;
  description: string | null;
  default: boolean;
}

const defaults: [name: string, color: string, description: string][] = [
  ["bug", "d73a4a", "Something isn't working"],
  ["documentation", "0075ca", "Improvements or additions to documentation"],
  ["duplicate", "cfd3d7", "This issue or pull request already exists"],
  ["enhancement", "a2eeef", "New feature or request"],
  ["good first issue", "7057ff", "Good for newcomers"],
  ["help wanted", "008672", "Extra attention is needed"],
  ["invalid", "e4e669", "This doesn't seem right"],
  ["question", "d876e3", "Further information is requested"],
  ["wontfix", "ffffff", "This will not be worked on"],
];

export function defaultLabels(nextId: () => number): Label[] {
  return defaults.map(([name, color, description]) => ({ id: nextId(), name, color, description, default: true }));
}

function shown(world: World, repository: Repository, label: Label): object {
  const url = `${world.url}/api/v3/repos/${fullName(repository)}/labels/${encodeURIComponent(label.name)}`;
  return { ...label, node_id: nodeId("LA", label.id), url };
}

/** Names differ by more than case. */
function find(repository: Repository, name: string): Label | undefined {
  return repository.labels.find((label) => label.name.toLowerCase() === name.toLowerCase());
}

export const labels: Handlers = {
  "issues/list-labels-for-repo"(call) {
    const repository = call.repository();
    return call.list(repository.labels.map((label) => shown(call.world, repository, label)));
  },
  "issues/create-label"(call) {
    const repository = call.repository("triage");
    const { name, color = "ededed", description = null } = call.body;
    if (find(repository, name) !== undefined)
      throw invalid({ resource: "Label", code: "already_exists", field: "name" });
    if (!/^[0-9a-f]{6}$/i.test(color)) throw invalid({ resource: "Label", code: "invalid", field: "color" });
    const label: Label = { id: call.world.nextId(), name, color, description, default: false };
    repository.labels.push(label);
    return created(shown(call.world, repository, label));
  },
  "issues/get-label"(call) {
    const repository = call.repository();
    const label = find(repository, call.param("name"));
    if (label === undefined) throw notFound();
    return ok(shown(call.world, repository, label));
  },
  "issues/update-label"(call) {
    const repository = call.repository("triage");
    const label = find(repository, call.param("name"));
    if (label === undefined) throw notFound();
    const { new_name, color, description } = call.body;
    const other = new_name === undefined ? undefined : find(repository, new_name);
    if (other !== undefined && other !== label)
      throw invalid({ resource: "Label", code: "already_exists", field: "name" });
    Object.assign(label, {
      name: new_name ?? label.name,
      color: color ?? label.color,
      description: description ?? label.description,
    });
    return ok(shown(call.world, repository, label));
  },
  "issues/delete-label"(call) {
    const repository = call.repository("triage");
    const label = find(repository, call.param("name"));
    if (label === undefined) throw notFound();
    repository.labels.splice(repository.labels.indexOf(label), 1);
    return noContent;
  },
};
