// What went over the wire: counts, and everything that was not as GitHub describes it. Never a body.

export interface Exchange {
  method: string;
  path: string;
  status: number;
  /** REST operation, `graphql`, `git`; undefined where nothing matched. */
  operation: string | undefined;
}

export class Traffic {
  readonly exchanges: Exchange[] = [];
  /** Requests and responses that violate GitHub's description or schema, in words. */
  readonly violations: string[] = [];
  /** Calls that GitHub has but nobody emulates here yet. */
  readonly unexpected: string[] = [];

  get count(): number {
    return this.exchanges.length;
  }

  /** The log as lines `GET /repos/acme/api 200`. */
  get lines(): string[] {
    return this.exchanges.map(({ method, path, status }) => `${method} ${path} ${status}`);
  }

  /** Forgets what was seen so far. */
  clear(): void {
    this.exchanges.length = 0;
    this.violations.length = 0;
    this.unexpected.length = 0;
  }

  /** @throws where any traffic was not as GitHub describes it, or not emulated. */
  assertClean(): void {
    const problems = [...this.violations, ...this.unexpected.map((call) => `not emulated: ${call}`)];
    if (problems.length > 0)
      throw new Error(
        `${problems.length} of ${this.count} exchanges were not as GitHub describes them:\n${problems.join("\n")}`,
      );
  }
}
