// Tokens that may do less than their app: those of a workflow's job, and of an installation that was asked for less.
import type { App } from "./accounts.ts";
import { newToken } from "./accounts.ts";

export type Level = "read" | "write";

export interface ScopedToken {
  readonly app: App;
  /** By scope as workflows write it: `pull-requests`. */
  readonly permissions: Readonly<Record<string, Level>>;
}

/** Which scopes let a call through, by where its path leads. The first line that fits decides; any of its scopes is enough. */
const scopesByPath: readonly [path: RegExp, scopes: readonly string[]][] = [
  [/^\/(issues\/\{issue_number\}\/comments|issues\/comments)/, ["issues", "pull-requests"]],
  [/^\/issues/, ["issues"]],
  [/^\/pulls/, ["pull-requests"]],
  [/^\/commits\/\{commit_sha\}\/pulls/, ["pull-requests"]],
  [/^\/(check-runs|commits\/\{ref\}\/check-runs)/, ["checks"]],
  [/^\/deployments/, ["deployments"]],
  [/^\/actions/, ["actions"]],
  [/^\/(releases|git|contents|commits|merges|branches|compare|tags)\b/, ["contents"]],
];

export class ScopedTokens {
  private readonly tokens = new Map<string, ScopedToken>();

  /** @returns the new token */
  add(app: App, permissions: ScopedToken["permissions"]): string {
    const token = newToken().replace("ghp_", "ghs_");
    this.tokens.set(token, { app, permissions });
    return token;
  }

  get(token: string): ScopedToken | undefined {
    return this.tokens.get(token);
  }

  /** Whether the token lets a call through; every other token does. */
  allows(token: string, template: string, method: string): boolean {
    const scoped = this.tokens.get(token);
    if (scoped === undefined) return true;
    const path = template.replace("/repos/{owner}/{repo}", "");
    // Every installation may read what the repository itself is.
    if (path === "" && method === "get") return true;
    const scopes = scopesByPath.find(([pattern]) => pattern.test(path))?.[1] ?? [];
    return scopes.some((scope) => allows(scoped, scope, method === "get" ? "read" : "write"));
  }

  /** Workflow files need a permission of their own. */
  allowsTree(token: string, operation: string, body: unknown): boolean {
    const scoped = this.tokens.get(token);
    if (scoped === undefined || operation !== "git/create-tree") return true;
    const { tree } = body as { readonly tree: readonly { readonly path?: string }[] };
    return !tree.some(({ path }) => path?.startsWith(".github/workflows/")) || allows(scoped, "workflows", "write");
  }

  /** The same for git. */
  allowsGit(token: string, writes: boolean): boolean {
    const scoped = this.tokens.get(token);
    return scoped === undefined || allows(scoped, "contents", writes ? "write" : "read");
  }
}

function allows({ permissions }: ScopedToken, scope: string, wanted: Level): boolean {
  const level = permissions[scope];
  return level === "write" || level === wanted;
}
