import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** One run of ci.yml on the main branch; what each attempt did. Times in minutes since {@link begin}. */
export interface BuiltRun {
  readonly id: number;
  readonly created: number;
  readonly attempts: readonly { readonly from: number; readonly to: number; readonly conclusion: string | null }[];
}

/** What a repository has. */
export interface DeliveryWorld {
  readonly runs: readonly BuiltRun[];
  /** By index; parents are indexes of earlier ones. */
  readonly commits: readonly { readonly committed: number; readonly parents: readonly number[] }[];
  /** Index of a commit by tag. */
  readonly tags: Readonly<Record<string, number>>;
}

export const begin = Date.parse("2026-01-01T00:00:00Z");
export const at = (minute: number): string => new Date(begin + minute * 60_000).toISOString().replace(".000Z", "Z");

/** Everything that a commit holds, itself too. */
export function historyOf({ commits }: DeliveryWorld, commit: number): Set<number> {
  const found = new Set<number>();
  const left = [commit];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    left.push(...(commits[next]?.parents ?? []));
  }
  return found;
}

/** GitHub never gives more results of one question, nor more of one page. */
const most = { results: 1_000, page: 100 };

/** In place of GitHub's API, as far as builds and commits go: it pages, and ends silently at a thousand results. */
export class DeliveryStandIn {
  world: DeliveryWorld = { runs: [], commits: [], tags: {} };
  readonly #server: Server;
  /** What was asked that it does not know. */
  readonly wrong: string[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(token: string): Promise<DeliveryStandIn> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? "", "http://github.test");
      const isKnown = request.headers.authorization === `token ${token}`;
      const found = isKnown ? standIn.#answer(url) : undefined;
      response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(found ?? { message: "Not Found" }));
    });
    const standIn = new DeliveryStandIn(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return standIn;
  }

  get address(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer({ pathname, searchParams }: URL): object | undefined {
    const path = pathname.replace("/api/v3/repos/ape/service", "");
    const query = Object.fromEntries(searchParams);
    if (path === "") return { default_branch: "main" };
    if (path === "/actions/workflows/ci.yml/runs") return this.#runs(query);
    const [, id, attempt] = /^\/actions\/runs\/(\d+)\/attempts\/(\d+)$/.exec(path) ?? [];
    if (id !== undefined) {
      const run = this.world.runs.find((each) => String(each.id) === id);
      return run && shown(run, Number(attempt));
    }
    const [, tag] = /^\/git\/ref\/tags\/(.+)$/.exec(decodeURIComponent(path)) ?? [];
    if (tag !== undefined) return tag in this.world.tags ? { ref: `refs/tags/${tag}` } : undefined;
    const [, sha] = /^\/commits\/([0-9a-f]+)$/.exec(path) ?? [];
    if (sha !== undefined) return this.#commit(sha) === undefined ? undefined : { sha };
    const [, base, head] = /^\/compare\/(.+)\.\.\.(.+)$/.exec(decodeURIComponent(path)) ?? [];
    if (base !== undefined && head !== undefined) return this.#compare(base, head, query);
    this.wrong.push(pathname);
    return undefined;
  }

  #runs(query: Readonly<Record<string, string>>): object {
    const { branch, created = "", per_page = "30", page = "1", exclude_pull_requests: without, ...rest } = query;
    if (branch !== "main" || without !== "true" || Object.keys(rest).length > 0) this.wrong.push(JSON.stringify(query));
    const [from = "", to = ""] = created.split("..");
    const all = this.world.runs
      .filter((run) => at(run.created) >= from && at(run.created) <= to)
      .toSorted((a, b) => b.created - a.created);
    const size = Math.min(most.page, Number(per_page));
    const given = all.slice(0, most.results).slice((Number(page) - 1) * size, Number(page) * size);
    return { total_count: all.length, workflow_runs: given.map((run) => shown(run, run.attempts.length)) };
  }

  /** A commit's name is its index, in seven digits. */
  #commit(sha: string): number | undefined {
    return /^\d{7}$/.test(sha) && Number(sha) < this.world.commits.length ? Number(sha) : undefined;
  }

  #compare(base: string, head: string, { per_page = "250", page = "1" }: Readonly<Record<string, string>>) {
    const [from, to] = [base, head].map((name) => this.world.tags[name] ?? this.#commit(name));
    if (from === undefined || to === undefined) return undefined;
    const [before, after] = [historyOf(this.world, from), historyOf(this.world, to)];
    const ahead = [...after].filter((commit) => !before.has(commit)).sort((a, b) => a - b);
    const behind = [...before].filter((commit) => !after.has(commit));
    const size = Math.min(most.page, Number(per_page));
    const commits = ahead.slice((Number(page) - 1) * size, Number(page) * size).map((commit) => ({
      sha: String(commit),
      commit: { committer: { date: at(this.world.commits[commit]?.committed ?? 0) } },
    }));
    return { ahead_by: ahead.length, behind_by: behind.length, total_commits: ahead.length, commits };
  }
}

function shown({ id, created, attempts }: BuiltRun, number: number): object | undefined {
  const attempt = attempts[number - 1];
  return (
    attempt && {
      ...{ id, run_attempt: number, created_at: at(created), conclusion: attempt.conclusion },
      ...{ run_started_at: at(attempt.from), updated_at: at(attempt.to) },
    }
  );
}
