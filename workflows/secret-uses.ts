/** Where GitHub keeps a secret. Dependabot's pull requests see only their own store. */
export type SecretStore = "repository" | "dependabot" | `environment:${string}`;

/** One place in a workflow that reads a secret. */
export interface SecretUse {
  readonly secret: string;
  readonly store: SecretStore;
  /** For people: file and job. */
  readonly by: string;
}

const use = (by: string, store: SecretStore, ...secrets: string[]): SecretUse[] =>
  secrets.map((secret) => ({ secret, store, by }));

/** What the guide's workflows read. The images go to GitHub's own registry with the run's own token, so that needs none. */
export const secretUses: readonly SecretUse[] = [
  ...use("ci.yml, Unit Tests", "repository", "CODECOV_TOKEN"),
  ...use("ci.yml, Unit Tests", "dependabot", "CODECOV_TOKEN"),
  ...use("release.yml, Notify", "repository", "SLACK_WEBHOOK_URL", "SMTP_USERNAME", "SMTP_PASSWORD"),
  ...use(
    "cd.yml, Deploy Staging",
    "environment:staging",
    "SSH_PRIVATE_KEY",
    "PULUMI_CONFIG_PASSPHRASE",
    "SLACK_WEBHOOK_URL",
  ),
  ...use(
    "cd.yml, Deploy Production",
    "environment:production",
    "SSH_PRIVATE_KEY",
    "PULUMI_CONFIG_PASSPHRASE",
    "SLACK_WEBHOOK_URL",
    "SMTP_USERNAME",
    "SMTP_PASSWORD",
    "PAGERDUTY_ROUTING_KEY",
  ),
];
