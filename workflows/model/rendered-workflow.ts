import type { GeneratedWorkflowTypes } from "@github-actions-workflow-ts/lib";

/** A workflow as GitHub reads it; the type is generated from the published schema. */
export type RenderedWorkflow = GeneratedWorkflowTypes.Workflow;
