import { describe, expect, test } from "vitest";
import { isOfRequest, redirectedSecrets } from "../../settings/request-file.ts";

const base = `
config:
  slipway:registry: { server: ghcr.io, username: ape }
  slipway:registryPassword: { secure: v1:abc }
  github: { owner: acme, repository: api }
`;
const entry = (key: string, value: unknown) => ({
  key: `slipway:${key}`,
  value: typeof value === "string" ? value : JSON.stringify(value),
  isSecret: false,
});
const password = entry("registryPassword", "p4ss");
const registry = (server: string) => entry("registry", { username: "ape", server });
const appKey = entry("githubAppKey", "-----BEGIN");
const github = (more: object) => entry("github", { owner: "acme", repository: "api", ...more });
const paths = (entries: ReturnType<typeof entry>[], before: string | undefined = base, defaults: typeof entries = []) =>
  redirectedSecrets(entries, before, defaults).map(({ path }) => path);

describe("a pull request's preview", () => {
  test("goes on with what the base has, however it is written, and with any other change", () => {
    expect(paths([registry("ghcr.io"), password, github({}), appKey, entry("version", "1.2.0")])).toEqual([]);
    const shared = "registry: &r { server: ghcr.io, username: ape }\nconfig:\n  slipway:registry: { <<: *r }\n";
    expect(paths([registry("ghcr.io"), password], shared)).toEqual([]);
    expect(paths([registry("ghcr.io"), password], "config: {}", [registry("ghcr.io")])).toEqual([]);
  });

  test("sends no secret to where the request alone says", () => {
    expect(paths([registry("evil.example"), password])).toEqual(["slipway:registry"]);
    expect(paths([github({ baseUrl: "https://evil.example/" }), appKey])).toEqual(["slipway:github"]);
    expect(paths([registry("ghcr.io"), entry("registry.server", "evil.example"), password])).toEqual([
      "slipway:registry",
    ]);
    expect(paths([registry("evil.example"), password], "")).toEqual(["slipway:registry"]);
    expect(paths([registry("evil.example"), password], base, [registry("evil.example")])).toEqual(["slipway:registry"]);
  });

  test("is free to name another place where no secret goes there", () => {
    expect(paths([registry("evil.example")])).toEqual([]);
    expect(paths([github({ baseUrl: "https://other.example/" }), password, registry("ghcr.io")])).toEqual([]);
  });
});

test("only GitHub's events of a pull request are one; a maintainer's start by hand is none", () => {
  const events = ["pull_request", "pull_request_target", "workflow_dispatch", "push"].filter((event) =>
    isOfRequest(event),
  );
  expect(events).toEqual(["pull_request", "pull_request_target"]);
});
