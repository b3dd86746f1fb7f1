import { checklistWorkflow, drillWorkflow } from "./checklist/workflow.ts";
import type { Workflow } from "./model/workflow.ts";

/** The sample service's checklist.yml. */
export const checklist: Workflow = checklistWorkflow();

/** The sample service's drill.yml. */
export const drill: Workflow = drillWorkflow();
