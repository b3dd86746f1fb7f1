import type { Workflow } from "./model/workflow.ts";
import { previewWorkflow } from "./preview/workflow.ts";

/** The sample service's preview.yml. */
export const preview: Workflow = previewWorkflow();
