import { expect, test } from "vitest";
import { mendImport } from "../../github/mend-import.ts";

const type = "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy";
const where = { repository: "api", environment: "staging" };
const other = { urn: "urn:other", type: "github:index/repository:Repository", id: "api", inputs: {}, outputs: {} };
const imported = {
  urn: "urn:policy",
  type,
  id: "api:staging:7",
  inputs: { branchPattern: "main" },
  outputs: { branchPattern: "main" },
};

test("a policy gets the repository and the environment that its id has, and nothing else changes", () => {
  const state = { version: 3, deployment: { manifest: {}, resources: [other, imported] } };
  const whole = { branchPattern: "main", ...where };
  expect(mendImport(state)).toEqual({
    version: 3,
    deployment: { manifest: {}, resources: [other, { ...imported, inputs: whole, outputs: whole }] },
  });
});

test("a state with nothing left out stays as it is", () => {
  const whole = { ...imported, inputs: { branchPattern: "main", ...where } };
  expect(mendImport({ deployment: { resources: [other, whole] } })).toBeUndefined();
  expect(mendImport({ deployment: {} })).toBeUndefined();
});
