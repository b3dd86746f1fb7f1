// Who there is: users, organisations with their teams, apps; and what each may do with a repository.
import { randomBytes } from "node:crypto";
import type { PropertyDefinition } from "./custom-properties.ts";
import type { Plan } from "./plans.ts";
import type { Repository } from "./repository.ts";
import type { OwnerRuleset } from "./rulesets.ts";

/** A repository role, weakest first. */
export const roles = ["none", "read", "triage", "write", "maintain", "admin"] as const;
export type Role = (typeof roles)[number];

export function atLeast(role: Role, wanted: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(wanted);
}

export interface User {
  kind: "user";
  id: number;
  login: string;
  plan: Plan;
  token: string;
  /** Public SSH keys (`ssh-ed25519 …`) that the user signs commits with. */
  signingKeys: string[];
}

export interface Team {
  id: number;
  slug: string;
  name: string;
  description: string;
  privacy: "closed" | "secret";
  parent?: Team;
  members: Map<string, "member" | "maintainer">;
}

export interface Organization {
  kind: "organization";
  id: number;
  login: string;
  plan: Plan;
  members: Map<string, "admin" | "member">;
  teams: Team[];
  /** The role that some members have on every repository. */
  roles: Map<string, Role>;
  properties: PropertyDefinition[];
  /** Names of repository roles of its own. */
  customRoles: string[];
  /** Rulesets of its own; a test puts them there. */
  rulesets: OwnerRuleset[];
}

/** A GitHub App, installed on every repository; its token stands for the installation's. */
export interface App {
  kind: "app";
  id: number;
  slug: string;
  name: string;
  token: string;
  role: Role;
  /** Of its one installation. */
  installation: number;
  /** What it signs its logins with. */
  keys: { publicKey: string; privateKey: string };
  /** The organisation permission "Members: read". */
  readsMembers: boolean;
  /** Whether it declares that it answers the event `deployment_protection_rule`. */
  deploymentProtection: boolean;
}

export type Account = User | Organization;
export type Actor = User | App;

/** The app whose check runs are those of GitHub Actions' jobs. */
export const actionsAppId = 15368;

export function newToken(): string {
  return `ghp_${randomBytes(18).toString("hex")}`;
}

export function nodeId(prefix: string, id: number): string {
  return `${prefix}_${Buffer.from(String(id)).toString("base64url")}`;
}

/** The strongest of: owner, organisation owner, collaborator, team, organisation's base role (none here), public. */
export function roleOf(actor: Actor | undefined, repository: Repository): Role {
  const visible: Role = repository.visibility === "public" ? "read" : "none";
  if (actor === undefined) return visible;
  if (actor.kind === "app") return strongest([visible, actor.role]);
  const { owner } = repository;
  if (owner.kind === "user") {
    return owner.login === actor.login
      ? "admin"
      : strongest([visible, repository.collaborators.get(actor.login) ?? "none"]);
  }
  const membership = owner.members.get(actor.login);
  if (membership === "admin") return "admin";
  const teams = owner.teams
    .filter((team) => team.members.has(actor.login))
    .map((team) => repository.teams.get(team.slug) ?? "none");
  const named: Role = membership === undefined ? "none" : (owner.roles.get(actor.login) ?? "none");
  const internal: Role = membership !== undefined && repository.visibility === "internal" ? "read" : "none";
  return strongest([visible, internal, repository.collaborators.get(actor.login) ?? "none", named, ...teams]);
}

function strongest(roles: Role[]): Role {
  return roles.reduce((best, role) => (atLeast(role, best) ? role : best));
}
