// How many requests a token has left. Source: docs.github.com, "Rate limits for the REST API": 403 with x-ratelimit-remaining 0 beyond it;
// asking for the limit itself does not count.
import type { AnyHandlers } from "./call.ts";

/** Requests, or points of GraphQL, an hour. One count for all tokens: a test has one client. */
export class RateLimit {
  /** @default as for a user's token */
  limit = 5000;
  used = 0;
  /** When it starts anew, in seconds since 1970. */
  readonly reset = Math.floor(Date.now() / 1000) + 3600;

  get left(): number {
    return Math.max(0, this.limit - this.used);
  }
}

export const rateLimit: AnyHandlers = {
  "rate-limit/get": ({ world: { requests, points } }) => {
    const shown = ({ limit, used, left: remaining, reset }: RateLimit) => ({ limit, used, remaining, reset });
    const core = shown(requests);
    return { status: 200, body: { resources: { core, search: core, graphql: shown(points) }, rate: core } };
  },
};
