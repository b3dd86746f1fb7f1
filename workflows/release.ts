import type { Workflow } from "./model/workflow.ts";
import { releaseWorkflow } from "./release/workflow.ts";

/** The sample service's release.yml. */
export const release: Workflow = releaseWorkflow();
