import { cdWorkflow } from "./cd/workflow.ts";
import type { Workflow } from "./model/workflow.ts";

/** The sample service's cd.yml. */
export const cd: Workflow = cdWorkflow();
