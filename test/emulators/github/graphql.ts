// The part of GraphQL that the Pulumi provider uses, executed against GitHub's public schema: an invalid query fails.
import { schema as published } from "@octokit/graphql-schema";
import type { GraphQLSchema } from "graphql";
import {
  buildSchema,
  execute,
  GraphQLError,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import type { Account, Actor, Team } from "./accounts.ts";
import { atLeast, roleOf } from "./accounts.ts";
import type { BranchProtection, Principal } from "./branch-protection.ts";
import { newProtection, principalNode, requireOrganization } from "./branch-protection.ts";
import { collaboratorsIn } from "./collaborators.ts";
import { requirePlan } from "./plans.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import { accountNode, appNode, repositoryNode, teamNode } from "./shown.ts";
import { costOf, mostNodes } from "./graphql-cost.ts";
import { connection, refusedAsGraphQL as asGraphQL, toldParts, withNewer, type MayRead } from "./graphql-told.ts";
import { nodeId } from "./accounts.ts";
import type { World } from "./world.ts";

let schema: GraphQLSchema | undefined;

/** GitHub lets `name` of an app (never null) and of a user (may be null) stand side by side, which the provider asks for. */
const rules = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);

interface Answer {
  status: number;
  body: unknown;
  /** Where the request or the reply was not as the schema says. */
  problems: string[];
}

type Values = Record<string, unknown>;
/** The inputs of the rule's mutations, which share their fields. */
type RuleInput = Partial<Omit<BranchProtection, "requiredStatusChecks">> & {
  repositoryId: string;
  branchProtectionRuleId: string;
  pattern?: string;
  requiredStatusCheckContexts?: string[] | null;
  requiredStatusChecks?: { context: string; appId?: string | null }[] | null;
  pushActorIds?: string[] | null;
  reviewDismissalActorIds?: string[] | null;
  bypassForcePushActorIds?: string[] | null;
  bypassPullRequestActorIds?: string[] | null;
};

const missing = (id: string): GraphQLError =>
  new GraphQLError(`Could not resolve to a node with the global id of '${id}'`, { extensions: { type: "NOT_FOUND" } });

export class GraphQL {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** @param mayRead what the token may read of a repository, by its path in REST */
  async answer(actor: Actor, request: unknown, mayRead: MayRead): Promise<Answer> {
    const {
      query = "",
      variables = {},
      operationName,
    } = request as { query?: string; variables?: Values; operationName?: string };
    schema ??= withNewer(buildSchema(published.idl, { assumeValidSDL: true }));
    let document;
    try {
      document = parse(query);
    } catch (error) {
      const { message } = error as Error;
      return { status: 200, body: { errors: [{ message }] }, problems: [`graphql: ${message}`] };
    }
    const invalid = validate(schema, document, rules);
    if (invalid.length > 0) {
      return { status: 200, body: { errors: invalid }, problems: invalid.map(({ message }) => `graphql: ${message}`) };
    }
    const { points, nodes, unbounded } = costOf(document, variables);
    const tooLarge = [
      ...unbounded.map(
        (name) => `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`,
      ),
      ...(nodes > mostNodes
        ? [`This query requests up to ${nodes} possible nodes which exceeds the maximum limit of ${mostNodes}.`]
        : []),
    ];
    if (tooLarge.length > 0) {
      return {
        status: 200,
        body: { errors: tooLarge.map((message) => ({ message })) },
        problems: tooLarge.map((message) => `graphql: ${message}`),
      };
    }
    if (this.world.points.left < points) {
      return {
        status: 200,
        body: { errors: [{ type: "RATE_LIMITED", message: "API rate limit exceeded for user." }] },
        problems: [],
      };
    }
    this.world.points.used += points;
    const result = await execute({
      schema,
      document,
      rootValue: this.root(actor, mayRead),
      variableValues: variables,
      ...(operationName !== undefined && { operationName }),
    });
    const errors = (result.errors ?? []).map((error) => ({
      type: error.extensions.type ?? "UNPROCESSABLE",
      path: error.path,
      message: error.message,
    }));
    // Anything that is not a refusal is a fault of the variables, or of the emulator's own reply.
    const problems = (result.errors ?? [])
      .filter(({ extensions }) => extensions.type === undefined)
      .map(({ message }) => `graphql: ${message}`);
    return { status: 200, body: errors.length === 0 ? { data: result.data } : { data: result.data, errors }, problems };
  }

  private root(actor: Actor, mayRead: MayRead): object {
    return {
      viewer: () => this.account(actor as Account),
      node: ({ id }: { id: string }) => this.node(actor, id),
      repository: ({ owner, name }: { owner: string; name: string }) => {
        const repository = this.world.repository(owner, name);
        if (repository === undefined || !atLeast(roleOf(actor, repository), "read")) {
          throw new GraphQLError(`Could not resolve to a Repository with the name '${owner}/${name}'.`, {
            extensions: { type: "NOT_FOUND" },
          });
        }
        return { ...this.repository(repository, actor), ...toldParts(this.world, repository, actor, mayRead) };
      },
      user: ({ login }: { login: string }) => {
        const user = this.world.user(login);
        if (user === undefined)
          throw new GraphQLError(`Could not resolve to a User with the login of '${login}'.`, {
            extensions: { type: "NOT_FOUND" },
          });
        return this.account(user);
      },
      organization: ({ login }: { login: string }) => {
        const account = this.world.account(login);
        if (account?.kind !== "organization")
          throw new GraphQLError(`Could not resolve to an Organization with the login of '${login}'.`, {
            extensions: { type: "NOT_FOUND" },
          });
        return this.account(account);
      },
      createBranchProtectionRule: ({ input }: { input: RuleInput }) => this.create(actor, input),
      updateBranchProtectionRule: ({ input }: { input: RuleInput }) => this.update(actor, input),
      deleteBranchProtectionRule: ({ input }: { input: RuleInput }) => this.delete(actor, input),
    };
  }

  private node(actor: Actor, id: string): object {
    const repository = this.world.repositories.find(
      (one) => repositoryNode(one) === id && atLeast(roleOf(actor, one), "read"),
    );
    if (repository !== undefined) return this.repository(repository, actor);
    const rule = this.rule(actor, id);
    if (rule !== undefined) return this.protection(rule.repository, rule.protection, actor);
    const principal = this.principal(id);
    if (principal !== undefined) return this.shownPrincipal(principal);
    throw missing(id);
  }

  private rule(actor: Actor, id: string): { repository: Repository; protection: BranchProtection } | undefined {
    for (const repository of this.world.repositories) {
      const protection = repository.protections.find((one) => nodeId("BPR", one.id) === id);
      if (protection !== undefined && atLeast(roleOf(actor, repository), "write")) return { repository, protection };
    }
    return undefined;
  }

  private repository(repository: Repository, actor: Actor): object {
    return {
      __typename: "Repository",
      id: repositoryNode(repository),
      databaseId: repository.id,
      name: repository.name,
      nameWithOwner: fullName(repository),
      isArchived: repository.archived,
      visibility: repository.visibility.toUpperCase(),
      owner: () => this.account(repository.owner),
      collaborators: ({ login }: { login?: string }) => {
        // Source: what GitHub answers to those who can't push.
        if (!atLeast(roleOf(actor, repository), "write"))
          throw new GraphQLError("Must have push access to view repository collaborators.", {
            extensions: { type: "FORBIDDEN" },
          });
        return collaboratorsIn(this.world, repository, (account) => this.account(account), login);
      },
      branchProtectionRules: connection(() =>
        repository.protections.map((protection) => this.protection(repository, protection, actor)),
      ),
    };
  }

  private protection(repository: Repository, protection: BranchProtection, actor: Actor): object {
    const allowances = (type: string, principals: Principal[]): unknown =>
      connection(() =>
        principals.map((principal) => ({
          __typename: type,
          id: `${type}_${principalNode(principal)}`,
          actor: this.shownPrincipal(principal),
        })),
      );
    return {
      ...protection,
      __typename: "BranchProtectionRule",
      id: nodeId("BPR", protection.id),
      databaseId: protection.id,
      repository: () => this.repository(repository, actor),
      requiredStatusCheckContexts: protection.requiredStatusChecks.map(({ context }) => context),
      requiredStatusChecks: protection.requiredStatusChecks.map(({ context, app }) => ({
        context,
        app: app === null ? null : this.shownApp(app),
      })),
      pushAllowances: allowances("PushAllowance", protection.pushActors),
      reviewDismissalAllowances: allowances("ReviewDismissalAllowance", protection.reviewDismissalActors),
      bypassForcePushAllowances: allowances("BypassForcePushAllowance", protection.bypassForcePushActors),
      bypassPullRequestAllowances: allowances("BypassPullRequestAllowance", protection.bypassPullRequestActors),
    };
  }

  private shownApp(id: number): object | null {
    const app = this.world.apps.find((one) => one.id === id);
    return app === undefined ? null : this.shownPrincipal({ kind: "app", app });
  }

  private account(account: Account): object {
    const base = { id: accountNode(account), databaseId: account.id, login: account.login, name: account.login };
    if (account.kind === "user") return { __typename: "User", ...base };
    return {
      __typename: "Organization",
      ...base,
      team: ({ slug }: { slug: string }) => {
        const team = account.teams.find((one) => one.slug === slug);
        return team === undefined ? null : this.team(team);
      },
      teams: connection(() => account.teams.map((team) => this.team(team))),
    };
  }

  private team(team: Team): object {
    const members = (): object[] =>
      [...team.members.keys()].flatMap((login) => this.world.user(login) ?? []).map((user) => this.account(user));
    return {
      __typename: "Team",
      id: teamNode(team),
      databaseId: team.id,
      name: team.name,
      slug: team.slug,
      members: connection(members),
    };
  }

  private shownPrincipal(principal: Principal): object {
    if (principal.kind === "user") return this.account(principal.account);
    if (principal.kind === "team") return this.team(principal.team);
    const { app } = principal;
    return { __typename: "App", id: appNode(app), databaseId: app.id, name: app.name, slug: app.slug };
  }

  private principal(id: string): Principal | undefined {
    const account = this.world.accounts.find((one) => accountNode(one) === id);
    if (account !== undefined) return { kind: "user", account };
    const app = this.world.apps.find((one) => appNode(one) === id);
    if (app !== undefined) return { kind: "app", app };
    for (const owner of this.world.accounts) {
      const team = owner.kind === "organization" ? owner.teams.find((one) => teamNode(one) === id) : undefined;
      if (team !== undefined && owner.kind === "organization") return { kind: "team", team, owner };
    }
    return undefined;
  }

  private create(actor: Actor, input: RuleInput): object {
    const repository = this.world.repositories.find(
      (one) => repositoryNode(one) === input.repositoryId && atLeast(roleOf(actor, one), "read"),
    );
    if (repository === undefined) throw missing(input.repositoryId);
    requireAdmin(actor, repository);
    asGraphQL(() => {
      requirePlan("branch-protection", repository);
    });
    const pattern = input.pattern ?? "";
    if (repository.protections.some((one) => one.pattern === pattern)) {
      throw new GraphQLError(`Name already protected: ${pattern}`, { extensions: { type: "UNPROCESSABLE" } });
    }
    const protection = newProtection(this.world, pattern, actor.kind === "user" ? actor.login : actor.slug);
    this.apply(repository, protection, input);
    repository.protections.push(protection);
    return this.payload(input, repository, protection, actor);
  }

  private update(actor: Actor, input: RuleInput): object {
    const found = this.rule(actor, input.branchProtectionRuleId);
    if (found === undefined) throw missing(input.branchProtectionRuleId);
    const { repository, protection } = found;
    requireAdmin(actor, repository);
    if (repository.protections.some((one) => one !== protection && one.pattern === input.pattern)) {
      throw new GraphQLError(`Name already protected: ${input.pattern ?? ""}`, {
        extensions: { type: "UNPROCESSABLE" },
      });
    }
    this.apply(repository, protection, input);
    return this.payload(input, repository, protection, actor);
  }

  private delete(actor: Actor, input: RuleInput): object {
    const found = this.rule(actor, input.branchProtectionRuleId);
    if (found === undefined) throw missing(input.branchProtectionRuleId);
    requireAdmin(actor, found.repository);
    const { protections } = found.repository;
    protections.splice(protections.indexOf(found.protection), 1);
    return { clientMutationId: (input as Values).clientMutationId ?? null };
  }

  private payload(input: RuleInput, repository: Repository, protection: BranchProtection, actor: Actor): object {
    return {
      clientMutationId: (input as Values).clientMutationId ?? null,
      branchProtectionRule: this.protection(repository, protection, actor),
    };
  }

  /** Takes over what the input names; null and absent fields stay as they are. */
  private apply(repository: Repository, protection: BranchProtection, input: RuleInput): void {
    const actors = {
      pushActorIds: "pushActors",
      reviewDismissalActorIds: "reviewDismissalActors",
      bypassForcePushActorIds: "bypassForcePushActors",
      bypassPullRequestActorIds: "bypassPullRequestActors",
    } as const;
    const named: Values = {};
    for (const [name, value] of Object.entries(input)) {
      if (name in protection && name !== "id" && name !== "requiredStatusChecks" && value !== null) named[name] = value;
    }
    const principals: Partial<Record<string, Principal[]>> = {};
    for (const [from, to] of Object.entries(actors)) {
      const ids = input[from as keyof typeof actors];
      if (!ids) continue;
      if (ids.length > 0) {
        asGraphQL(() => {
          requireOrganization(repository, "users and team restrictions");
        });
      }
      principals[to] = ids.map((id) => {
        const principal = this.principal(id);
        if (principal === undefined) throw missing(id);
        return principal;
      });
    }
    const count = input.requiredApprovingReviewCount;
    if (typeof count === "number" && (count < 0 || count > 6)) {
      throw new GraphQLError("Required approving review count must be between 0 and 6", {
        extensions: { type: "UNPROCESSABLE" },
      });
    }
    Object.assign(protection, named, principals);
    if (input.requiredStatusChecks) {
      protection.requiredStatusChecks = input.requiredStatusChecks.map(({ context, appId }) => ({
        context,
        app: this.world.apps.find((app) => appNode(app) === appId)?.id ?? null,
      }));
    } else if (input.requiredStatusCheckContexts) {
      protection.requiredStatusChecks = input.requiredStatusCheckContexts.map((context) => ({ context, app: null }));
    }
  }
}

function requireAdmin(actor: Actor, repository: Repository): void {
  if (atLeast(roleOf(actor, repository), "admin")) return;
  const login = actor.kind === "user" ? actor.login : actor.slug;
  throw new GraphQLError(`${login} does not have the correct permissions to execute this mutation`, {
    extensions: { type: "FORBIDDEN" },
  });
}
