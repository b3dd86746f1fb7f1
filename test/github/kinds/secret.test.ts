import sodium from "libsodium-wrappers";
import { beforeAll, describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { seal } from "../../../github/seal.ts";
import { ageInDays, neededSecrets, rotationNotice, secretProblems } from "../../../github/kinds/secret.ts";
import { environmentSchema, repositorySchema } from "../../../github/schema.ts";
import { storesOf } from "../../../github/sections.ts";
import { secretUses, type SecretStore } from "../../../workflows/secret-uses.ts";

const namesFor = (store: SecretStore) => secretUses.filter((use) => use.store === store).map(({ secret }) => secret);
const declared = (store: SecretStore, names: string[], usedElsewhere: string[] = []) =>
  secretProblems({ store, path: "slipway:environmentSecrets", names, usedElsewhere });

describe("what workflows read and what is declared agree", () => {
  test.each<SecretStore>(["repository", "dependabot", "environment:staging", "environment:production"])(
    "%s",
    (store) => {
      expect(declared(store, namesFor(store))).toEqual([]);
    },
  );

  test("one that has no value in the stack is written by who holds it", () => {
    const others = namesFor("environment:production").filter((name) => name !== "SSH_PRIVATE_KEY");
    expect(declared("environment:production", others)).toEqual([]);
    const needed = neededSecrets({ store: "environment:production", usedElsewhere: ["MINE"] });
    expect(needed).toEqual(expect.arrayContaining(["SSH_PRIVATE_KEY", "MINE"]));
    expect(new Set(needed).size).toBe(needed.length);
  });

  test("a repository with checks of its own has workflows of its own, which read what it names", () => {
    const needed = (own: object) =>
      storesOf({
        github: undefined,
        repository: repositorySchema.parse({ visibility: "public", codeOwners: ["@a"], ...own }),
        environment: undefined,
        environments: [environmentSchema.parse({ name: "staging", secretsUsedElsewhere: ["NPM"] })],
        ...{ repositoryDefaults: {}, repositories: {} },
        ...{ webhookSecrets: {}, repositorySecrets: {}, dependabotSecrets: {}, environmentSecrets: {} },
      }).map(neededSecrets)[2];
    expect(needed({ requiredChecks: [{ name: "test" }] })).toEqual(["NPM"]);
    expect(needed({})).toEqual(expect.arrayContaining(["NPM", "SSH_PRIVATE_KEY"]));
  });

  test("one that nobody reads", () => {
    const [problem] = declared("environment:other", ["TYPO"]);
    expect(problem).toMatchObject({ problem: "is read by no workflow", allowed: "no secret here" });
    expect(declared("environment:other", ["MINE"], ["MINE"])).toEqual([]);
  });

  test("no job that Dependabot starts reads a secret, so one in its store is read by nobody", () => {
    expect(namesFor("dependabot")).toEqual([]);
    expect(declared("dependabot", ["CODECOV_TOKEN"])).toMatchObject([{ problem: "is read by no workflow" }]);
  });

  test("Slack, e-mail and PagerDuty hear of production", () => {
    expect(namesFor("environment:production")).toEqual(
      expect.arrayContaining(["SLACK_WEBHOOK_URL", "SMTP_USERNAME", "SMTP_PASSWORD", "PAGERDUTY_ROUTING_KEY"]),
    );
  });
});

describe("a sealed value", () => {
  const stackKey = "k".repeat(64);
  let pair: { publicKey: Uint8Array; privateKey: Uint8Array };
  let key: string;
  beforeAll(async () => {
    await sodium.ready;
    pair = sodium.crypto_box_keypair();
    key = Buffer.from(pair.publicKey).toString("base64");
  });
  const open = (box: string, { publicKey, privateKey } = pair) =>
    Buffer.from(sodium.crypto_box_seal_open(Buffer.from(box, "base64"), publicKey, privateKey)).toString();

  test("is opened by whoever has the key, as any sealed box is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 200 }), async (value) => {
        expect(open(await seal("TOKEN", value, { key }, stackKey))).toBe(value);
      }),
    );
  });

  test("terraform-provider-github#2868: is the same in the next run, so nothing is written again", async () => {
    expect(await seal("TOKEN", "hunter2", { key }, stackKey)).toBe(await seal("TOKEN", "hunter2", { key }, stackKey));
  });

  test("is another for another value, another key of GitHub's, another stack, another name", async () => {
    const other = Buffer.from(sodium.crypto_box_keypair().publicKey).toString("base64");
    const boxes = await Promise.all([
      seal("TOKEN", "hunter2", { key }, stackKey),
      seal("TOKEN", "hunter3", { key }, stackKey),
      seal("TOKEN", "hunter2", { key: other }, stackKey),
      seal("TOKEN", "hunter2", { key }, "other".repeat(16)),
      seal("OTHER", "hunter2", { key }, stackKey),
    ]);
    expect(new Set(boxes).size).toBe(5);
    // The public half is never used twice either: it would give away what the values have in common.
    expect(new Set(boxes.map((box) => Buffer.from(box, "base64").subarray(0, 32).toString("hex"))).size).toBe(5);
  });

  test("is nothing that the key's holder's neighbour can open", async () => {
    const box = await seal("TOKEN", "hunter2", { key }, stackKey);
    expect(() => open(box, sodium.crypto_box_keypair())).toThrow();
  });
});

describe("age", () => {
  const now = new Date("2026-06-01T00:00:00Z");

  test.each(["2026-05-02T00:00:00Z", "2026-05-02 00:00:00 +0000 UTC"])(
    "of one written at %s is 30 days",
    (updatedAt) => {
      expect(ageInDays(updatedAt, now)).toBe(30);
    },
  );

  test("beyond the limit is said, up to it is not", () => {
    const notice = (limit: number) => rotationNotice("TOKEN", "2026-05-02T00:00:00Z", limit, now);
    expect(notice(30)).toBeUndefined();
    expect(notice(29)).toBe("secret TOKEN is 30 days old; it should be changed every 29 days");
  });

  test("that GitHub does not tell is not guessed", () => {
    expect(rotationNotice("TOKEN", "", 1, now)).toBeUndefined();
  });
});
