import { team } from "./access.ts";
import { actions } from "./actions.ts";
import { autolink } from "./autolink.ts";
import { branch } from "./branch.ts";
import { breakGlass } from "./break-glass.ts";
import { collaborator } from "./collaborator.ts";
import { customProperty } from "./custom-property.ts";
import { deployKey } from "./deploy-key.ts";
import { environment } from "./environment.ts";
import { file } from "./file.ts";
import { forks } from "./forks.ts";
import {
  keyOf,
  rulesIn,
  type Declared,
  type Kind,
  type KindName,
  type ObjectGuards,
  type Rule,
  type Thing,
} from "./kind.ts";
import { label } from "./label.ts";
import { oidcSubject } from "./oidc-subject.ts";
import { owner } from "./owner.ts";
import { protection } from "./protection.ts";
import { pullRequests } from "./pull-requests.ts";
import { repository, settings } from "./repository.ts";
import { ruleset } from "./ruleset.ts";
import { secret } from "./secret.ts";
import { security } from "./security.ts";
import { variable } from "./variable.ts";
import { webhook } from "./webhook.ts";
import { workflowAccess } from "./workflow-access.ts";

/** Everything that a repository has and that could be declared. */
export const kinds: Readonly<Record<KindName, Kind>> = {
  repository,
  settings,
  "pull requests": pullRequests,
  security,
  actions,
  branch,
  ruleset,
  protection,
  environment,
  secret,
  variable,
  label,
  file,
  owner,
  "deploy key": deployKey,
  webhook,
  collaborator,
  team,
  autolink,
  forks,
  "workflow access": workflowAccess,
  "oidc subject": oidcSubject,
  "custom property": customProperty,
  "merge past the rules": breakGlass,
};

/** Two things of the same key are the same thing. */
export const thingKey = (thing: Pick<Thing, "kind" | "name" | "of">) => keyOf(thing, kinds[thing.kind].isCaseless);

/** Everything that a stack declares. Pure but for the templates, which are files of Slipway. */
export const declaredThings = (declared: Declared): Thing[] =>
  Object.values(kinds).flatMap(({ declare }) => declare?.(declared) ?? []);

/**
 * Everything that stands in somebody's way, by object and rule: `guards.main.reviews` is 2.
 *
 * Objects are `repository`, `actions`, `main`, `develop`, `mainMerges`, `developMerges`, `pushes`, `branchStay`, `tagCreation`, `tagStay`, `branchNames` and `environments.<name>`. A rule that is
 * not there does not hold.
 */
export type Guards = Readonly<Record<string, ObjectGuards>>;

/** How strict things are. Pure. */
export function guardsOf(things: readonly Thing[]): Guards {
  const guards: Record<string, ObjectGuards> = {};
  for (const thing of things) {
    const object = objectOf(thing);
    if (object === undefined) continue;
    const { guards: strictness, rules = {} } = kinds[thing.kind];
    guards[object] = { ...guards[object], ...(strictness?.(thing.fields, thing.name) ?? rulesIn(thing.fields, rules)) };
  }
  return guards;
}

/** Which object of the weakening gate a thing belongs to. */
export const objectOf = (thing: Thing): string | undefined => kinds[thing.kind].object?.(thing);

/** Every rule of the weakening gate by the first part of its name; what follows says of which check, person or app. */
export const rules: Readonly<Record<string, Rule>> = Object.assign(
  {},
  ...Object.values(kinds).map((kind) => kind.rules ?? {}),
) as Record<string, Rule>;

/** @throws Error for a rule that no kind has: a mistake in Slipway */
export function ruleOf(name: string): Rule & { readonly of: string } {
  const [key = "", ...of] = name.split(".");
  const rule = rules[key];
  if (rule === undefined) throw new Error(`no rule says which way ${name} is weaker`);
  return { ...rule, of: of.join(".") };
}
