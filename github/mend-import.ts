import type { Exported, ExportedResource } from "./exported.ts";

const policy = "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy";

/**
 * Adds what the provider's import of a deployment policy leaves out: repository and environment, which its id has. Without them the next
 * update would replace it. Pure.
 *
 * @returns undefined where nothing is left out
 */
export function mendImport(state: Exported): Exported | undefined {
  const { resources = [] } = state.deployment;
  const mended = resources.map(withPlace);
  if (mended.every((resource, index) => resource === resources[index])) return undefined;
  return { ...state, deployment: { ...state.deployment, resources: mended } };
}

function withPlace(resource: ExportedResource): ExportedResource {
  const [repository, environment] = resource.id?.split(":") ?? [];
  if (resource.type !== policy || resource.inputs?.repository !== undefined || environment === undefined) {
    return resource;
  }
  const place = { repository, environment };
  return { ...resource, inputs: { ...resource.inputs, ...place }, outputs: { ...resource.outputs, ...place } };
}
