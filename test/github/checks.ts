// Check runs, which apps report, and commit statuses, which anyone with write access may.
import type { App } from "./accounts.ts";

export interface Check {
  id: number;
  name: string;
  head_sha: string;
  status: "queued" | "in_progress" | "completed";
  conclusion: string | null;
  app: App;
}

export interface CommitStatus {
  id: number;
  sha: string;
  context: string;
  state: "error" | "failure" | "pending" | "success";
}
