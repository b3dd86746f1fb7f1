// Puts a repository's settings back as they were. Git itself is left alone.
import type { Repository } from "./repository.ts";

/** @returns brings everything but branches, tags and commits back to how it is now */
export function snapshot(repository: Repository): () => void {
  const { visibility, archived, defaultBranch } = repository;
  const { settings, topics, labels, rulesets, actions, security, deployKeys, webhooks, autolinks } = repository;
  const { variables, collaborators, teams } = repository;
  const plain = structuredClone({
    settings,
    topics,
    labels,
    rulesets,
    actions,
    security,
    deployKeys,
    webhooks,
    autolinks,
    variables,
    collaborators,
    teams,
  });
  // These refer to accounts and apps, which are no copies.
  const protections = repository.protections.map((protection) => ({ ...protection }));
  const environments = repository.environments.map((environment) => ({
    ...environment,
    reviewers: [...environment.reviewers],
    policies: structuredClone(environment.policies),
    customRules: [...environment.customRules],
    variables: structuredClone(environment.variables),
  }));
  const stores = [repository.secrets, repository.dependabotSecrets, ...environments.map(({ secrets }) => secrets)].map(
    (store) => store.snapshot(),
  );
  const invitations = [...repository.invitations];
  return () => {
    Object.assign(repository, {
      visibility,
      archived,
      defaultBranch,
      ...plain,
      protections,
      environments,
      invitations: [...invitations],
    });
    for (const restore of stores) restore();
  };
}
