import { webhookStore } from "./kinds/webhook.ts";
import { neededSecrets, placeOf, type DeclaredSecrets, type SecretNames } from "./kinds/secret.ts";
import type { EnvironmentSettings, GitHubSections, GitHubSettings, RepositorySettings } from "./schema.ts";

/** What a stack says of GitHub. */
export interface Sections {
  readonly github: GitHubSettings;
  /** Name of the repository in `slipway:repositories`. @default the stack's own */
  readonly listed?: string | undefined;
  readonly repository?: RepositorySettings | undefined;
  readonly environments: readonly EnvironmentSettings[];
  /** Which of them is `slipway:environment`. @default all are in `slipway:environments` */
  readonly ownEnvironment?: string | undefined;
  /**
   * Names of secrets: those that the stack has values for, all that there should be, and what of that is not read by Slipway's workflows only.
   *
   * @default none
   */
  readonly secrets?: Readonly<Record<"given" | "all" | "others", SecretNames>>;
}

/** Every repository that a stack governs: its own, then those that it lists. */
export function allSections(settings: GitHubSections): Sections[] {
  return [settings, ...listedSections(settings)].flatMap(({ listed, ...sections }: ListedSections) => {
    const { github } = sections;
    if (github?.repository === undefined) return [];
    return [{ ...sectionsOf(sections, { ...github, repository: github.repository }), listed }];
  });
}

/** What a stack would say of a listed repository if it had no other. */
export interface ListedSections extends GitHubSections {
  readonly listed?: string;
}

export const listedSections = ({ github, repositories, webhookSecrets }: GitHubSections): ListedSections[] =>
  Object.entries(repositories).map(([name, { environments, ...repository }]) => ({
    listed: name,
    github: github && { ...github, repository: name },
    repository,
    environments,
    repositories: {},
    repositoryDefaults: {},
    // Values are for the stack's own repository: those of the others are written by who holds them.
    ...{ repositorySecrets: {}, dependabotSecrets: {}, environmentSecrets: {} },
    // Webhooks of one name have one secret, wherever they are.
    webhookSecrets: Object.fromEntries(Object.entries(webhookSecrets).filter(([hook]) => hook in repository.webhooks)),
  }));

function sectionsOf(settings: GitHubSections, github: GitHubSettings): Sections {
  const stores = storesOf(settings);
  const byPlace = (names: (store: DeclaredSecrets) => readonly string[]): SecretNames =>
    Object.fromEntries(stores.map((store) => [placeOf(store.store), names(store)]));
  const webhooks = { [webhookStore]: Object.keys(settings.webhookSecrets) };
  return {
    github,
    repository: settings.repository,
    environments: environmentsOf(settings),
    ownEnvironment: settings.environment?.name,
    secrets: {
      given: { ...byPlace(({ names }) => names), ...webhooks },
      all: { ...byPlace((store) => [...new Set([...neededSecrets(store), ...store.names])]), ...webhooks },
      others: { ...byPlace((store) => [...new Set([...store.usedElsewhere, ...store.names])]), ...webhooks },
    },
  };
}

/** Every environment that a stack declares: its own, and those of a governance stack. */
export const environmentsOf = ({
  environment,
  environments,
}: Pick<GitHubSections, "environment" | "environments">): readonly EnvironmentSettings[] =>
  environment ? [environment, ...environments] : environments;

/** Every store of secrets that a stack declares. */
export function storesOf(settings: GitHubSections): DeclaredSecrets[] {
  const { repository, environment, repositorySecrets, dependabotSecrets, environmentSecrets } = settings;
  const repositoryStores: DeclaredSecrets[] = repository
    ? [
        {
          store: "repository",
          path: "slipway:repositorySecrets",
          names: Object.keys(repositorySecrets),
          usedElsewhere: repository.secretsUsedElsewhere,
        },
        {
          store: "dependabot",
          path: "slipway:dependabotSecrets",
          names: Object.keys(dependabotSecrets),
          usedElsewhere: [],
        },
      ]
    : [];
  const environmentStores = environmentsOf(settings).map((each): DeclaredSecrets => {
    const { name, secretsUsedElsewhere: usedElsewhere } = each;
    const store = `environment:${name}` as const;
    // The values of a governance stack's environments are written by those who hold them: it never has a key to a host.
    if (each !== environment) return { store, names: [], usedElsewhere };
    return { store, path: "slipway:environmentSecrets", names: Object.keys(environmentSecrets), usedElsewhere };
  });
  // A repository that names its own checks has its own workflows.
  const uses = repository?.requiredChecks ? { uses: [] } : {};
  return [...repositoryStores, ...environmentStores].map((store) => ({ ...store, ...uses }));
}
