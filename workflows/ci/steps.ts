import { uses } from "../model/uses.ts";
import type { Step, StepOptions } from "../model/workflow.ts";
import { scriptsOf } from "../scripts.ts";

export const script = scriptsOf("ci");

/**
 * @param why its reason in the YAML
 * @param ref branch or commit. @default the run's own
 */
export const checkout = (why: string, history: "all" | "newest" = "newest", ref?: string): Step =>
  uses("actions/checkout", {
    name: "Check out",
    token: { contents: ["read", why] },
    with: {
      "persist-credentials": false,
      ...(history === "all" ? { "fetch-depth": 0 } : {}),
      ...(ref === undefined ? {} : { ref }),
    },
  });

/** Python with the locked tools of that version. */
export function python(version: string): Step[] {
  return [
    uses("actions/setup-python", {
      name: "Set up Python",
      with: { "python-version": version, cache: "pip", "cache-dependency-path": `requirements-dev-${version}.txt` },
    }),
    script("install", { name: "Install", env: { PYTHON_VERSION: version } }),
  ];
}

/** An artifact with a report, kept although the job failed. */
export const report = (name: string, path: string, options: Partial<StepOptions> = {}): Step =>
  uses("actions/upload-artifact", {
    name: "Keep the report",
    when: "end",
    ...options,
    with: { name, path, "if-no-files-found": "error", "retention-days": 14 },
  });
