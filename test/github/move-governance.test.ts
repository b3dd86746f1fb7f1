import { expect, test } from "vitest";
import type { Exported, ExportedResource } from "../../github/exported.ts";
import { moveGovernance } from "../../github/move-governance.ts";

const names = { from: "production", to: "governance" };
const urn = (stack: string, types: string, name: string) => `urn:pulumi:${stack}::slipway::${types}::${name}`;
const root = (stack: string, outputs: object = {}): ExportedResource => ({
  urn: urn(stack, "pulumi:pulumi:Stack", `slipway-${stack}`),
  type: "pulumi:pulumi:Stack",
  outputs: { ...outputs },
});
const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});
const made = (stack: string, types: string, name: string, more: object = {}): ExportedResource => ({
  urn: urn(stack, types, name),
  type: types.split("$").at(-1) ?? "",
  parent: root(stack).urn,
  ...more,
});

const account = "slipway:github:Account";
const place = "slipway:github:DeploymentEnvironment";
const environment = "github:index/repositoryEnvironment:RepositoryEnvironment";
const key = "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret";

/** A stack that delivers, and declares an environment of its own. */
function old(stack: string, of: string): Exported {
  const provider = urn(stack, `${account}$pulumi:providers:github`, "github-provider");
  return {
    deployment: {
      resources: [
        root(stack, {
          url: "https://x",
          rules: { guards: secret({ [`environments.${of}`]: { waitMinutes: 5 } }), mended: [] },
        }),
        made(stack, "slipway:host:Host", "host"),
        made(stack, account, "github"),
        made(stack, `${account}$pulumi:providers:github`, "github-provider", { id: `id-of-${stack}` }),
        made(stack, place, "environment"),
        made(stack, `${place}$${environment}`, "environment", {
          provider: `${provider}::id-of-${stack}`,
          inputs: { environment: of },
          dependencies: [urn(stack, "slipway:host:Host", "host")],
        }),
        made(stack, `${place}$slipway:github:Secrets`, "environment-secrets"),
        made(stack, `${place}$slipway:github:Secrets$${key}`, "environment-secrets-KEY"),
      ],
    },
  };
}

const namesIn = ({ deployment: { resources = [] } }: Exported) =>
  resources.map((resource) => resource.urn.split("::").at(-1));
const moved = moveGovernance({ from: old("production", "production"), to: { deployment: {} } }, names);

test("an empty stack gets a root of its own, and all but secrets; the old one keeps what it delivers", () => {
  expect(namesIn(moved.to)).toEqual([
    "slipway-governance",
    "github",
    "github-provider",
    "environment-production",
    "environment-production",
    "environment-production-secrets",
  ]);
  expect(namesIn(moved.from)).toEqual(["slipway-production", "host"]);
  expect(moved.released).toEqual(["environment-secrets-KEY"]);
  expect(JSON.stringify(moved.to)).not.toMatch(/urn:pulumi:production|slipway-production|plaintext/);
});

test("nothing depends on what stays behind", () => {
  expect(moved.to.deployment.resources?.find(({ type }) => type === environment)).toMatchObject({ dependencies: [] });
});

test("the old stack's other outputs stay, its rules say where they went, and the baseline goes along", () => {
  expect(moved.from.deployment.resources?.[0]?.outputs).toEqual({ url: "https://x", rules: { movedTo: "governance" } });
  expect(moved.to.deployment.resources?.[0]?.outputs).toEqual({
    rules: { guards: { "environments.production": { waitMinutes: 5 } }, approvedWeakenings: [], mended: [] },
  });
});

test("a second stack has the account that is there, and its environment stands beside the first", () => {
  const both = moveGovernance({ from: old("staging", "staging"), to: moved.to }, { ...names, from: "staging" });
  expect(namesIn(both.to).filter((name) => name === "github-provider")).toHaveLength(1);
  expect(namesIn(both.to)).toEqual(expect.arrayContaining(["environment-production", "environment-staging"]));
  const made = both.to.deployment.resources?.filter(({ type }) => type === environment) ?? [];
  expect(made.map(({ provider }) => provider?.split("::").at(-1))).toEqual(["id-of-production", "id-of-production"]);
  expect(both.to.deployment.resources?.[0]?.outputs?.rules).toMatchObject({
    guards: { "environments.production": { waitMinutes: 5 }, "environments.staging": { waitMinutes: 5 } },
  });
});

test("the baseline of repositories that it lists already stays", () => {
  const rules = { guards: {}, repositories: { payments: { guards: { main: { reviews: 2 } } } } };
  const to = { deployment: { resources: [root("governance", { rules })] } };
  const { deployment } = moveGovernance({ from: old("production", "production"), to }, names).to;
  expect(deployment.resources?.[0]?.outputs?.rules).toMatchObject({
    guards: { "environments.production": { waitMinutes: 5 } },
    repositories: { payments: { guards: { main: { reviews: 2 } } } },
  });
});

test("a move that was killed when both had it: it is only taken out", () => {
  const again = moveGovernance({ from: old("production", "production"), to: moved.to }, names);
  expect(again.taken).toEqual([]);
  expect(again.from).toEqual(moved.from);
  const resources = ({ deployment }: Exported) => deployment.resources?.slice(1);
  expect(resources(again.to)).toEqual(resources(moved.to));
});

test("a stack that declares nothing on GitHub stays as it is", () => {
  const from = { deployment: { resources: [root("production", { url: "https://x" })] } };
  expect(moveGovernance({ from, to: { deployment: {} } }, names)).toMatchObject({ from, taken: [], released: [] });
});
