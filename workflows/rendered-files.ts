import { cd } from "./cd.ts";
import { checklist, drill } from "./checklist.ts";
import { ci } from "./ci.ts";
import { hooksFile } from "./hooks.ts";
import { drift } from "./drift.ts";
import { renderWorkflow } from "./model/render.ts";
import { preview } from "./preview.ts";
import { release } from "./release.ts";

/** Every file that the model makes for a service, by its path in the service's repository. */
export function serviceFiles(): Readonly<Record<string, string>> {
  return {
    ".github/workflows/ci.yml": renderWorkflow(ci),
    ".github/workflows/cd.yml": renderWorkflow(cd),
    ".github/workflows/release.yml": renderWorkflow(release),
    ".github/workflows/preview.yml": renderWorkflow(preview),
    ".github/workflows/drift.yml": renderWorkflow(drift),
    ".github/workflows/checklist.yml": renderWorkflow(checklist),
    ".github/workflows/drill.yml": renderWorkflow(drill),
    ".pre-commit-config.yaml": hooksFile(),
  };
}
