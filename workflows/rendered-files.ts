import { cd } from "./cd.ts";
import { ci } from "./ci.ts";
import { hooksFile } from "./hooks.ts";
import { renderWorkflow } from "./model/render.ts";

/** Every file that is made from the model and committed, by its path in this repository. Tests hold each of them to its model. */
export function renderedFiles(): Readonly<Record<string, string>> {
  return {
    "examples/ape-2026/.github/workflows/ci.yml": renderWorkflow(ci),
    "examples/ape-2026/.github/workflows/cd.yml": renderWorkflow(cd),
    "examples/ape-2026/.pre-commit-config.yaml": hooksFile(),
  };
}
