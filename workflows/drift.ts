import { driftWorkflow } from "./drift/workflow.ts";
import type { Workflow } from "./model/workflow.ts";

/** The sample service's drift.yml. */
export const drift: Workflow = driftWorkflow();
