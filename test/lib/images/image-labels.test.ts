import { afterEach, beforeEach, expect, test } from "vitest";
import { imageLabels } from "../../../lib/images/image-labels.ts";
import { TokenRegistry } from "../../support/token-registry.ts";

let registry: TokenRegistry;
let server: string;
beforeEach(async () => {
  registry = new TokenRegistry({ username: "puller", password: "right" });
  server = await registry.start();
});
afterEach(() => {
  registry.stop();
});
const labelsOf = (digest: string, password = "right") =>
  imageLabels(`${server}/acme/api:main@${digest}`, { server, username: "puller", password });
const image = (config: object) => registry.put("manifests", { config: { digest: registry.put("blobs", config) } });

test("labels are read from the image's own configuration, of the first platform where it has several", async () => {
  const labels = { "org.opencontainers.image.revision": "0123abc", other: "x" };
  const digest = image({ config: { Labels: labels } });
  expect(await labelsOf(digest)).toEqual({ revision: "0123abc" });
  const several = registry.put("manifests", { manifests: [{ digest }, { digest: "sha256:other" }] });
  expect(await labelsOf(several)).toEqual({ revision: "0123abc" });
});

test("an image without labels has none, and what can't be asked keeps nothing back", async () => {
  expect(await labelsOf(image({ config: { Labels: null } }))).toEqual({});
  expect(await labelsOf(image({}))).toBeUndefined();
  expect(await labelsOf("sha256:none")).toBeUndefined();
  expect(await labelsOf(image({ config: { Labels: null } }), "wrong")).toBeUndefined();
});
