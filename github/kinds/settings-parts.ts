import type { ApiSetting } from "../api-setting.ts";
import type { RepositoryWithinPlan } from "../plan/limits.ts";
import { autolinkSettings } from "./autolink.ts";
import { propertySettings } from "./custom-property.ts";
import { deployKeySettings } from "./deploy-key.ts";
import { forkSettings } from "./forks.ts";
import type { KindName } from "./kind.ts";
import { oidcSubjectSettings } from "./oidc-subject.ts";
import { namedRulesetSetting, pushesName, pushRuleset } from "./ruleset.ts";
import { webhookSettings } from "./webhook.ts";
import { workflowAccessSettings } from "./workflow-access.ts";

/** All settings of one kind. */
export interface SettingsPart {
  readonly kind: KindName;
  /** The one that it is about. @default all of the kind */
  readonly name?: string;
  /** A kind that hides this one where somebody changed it: GitHub tells a public repository nothing of a private one's. @default none */
  readonly behind?: KindName;
  readonly settings: readonly ApiSetting[];
}

/**
 * What a repository declares that goes through GitHub's API alone, by part. Pure.
 *
 * @param path of the repository in the API
 * @param teams ids by slug
 */
export const settingsParts = (
  path: string,
  settings: RepositoryWithinPlan,
  teams: Readonly<Record<string, number>>,
): Readonly<Record<string, SettingsPart>> => ({
  "deploy-keys": { kind: "deploy key", settings: deployKeySettings(path, settings) },
  webhooks: { kind: "webhook", settings: webhookSettings(path, settings) },
  autolinks: { kind: "autolink", settings: autolinkSettings(path, settings) },
  forks: { kind: "forks", behind: "settings", settings: forkSettings(path, settings) },
  "workflow-access": { kind: "workflow access", behind: "settings", settings: workflowAccessSettings(path, settings) },
  properties: { kind: "custom property", settings: propertySettings(path, settings) },
  pushes: {
    kind: "ruleset",
    name: pushesName,
    settings: [pushRuleset(settings, teams) ?? []].flat().map((each) => namedRulesetSetting(path, each)),
  },
  "oidc-subject": { kind: "oidc subject", settings: oidcSubjectSettings(path, settings) },
});
