import { hostname, userInfo } from "node:os";

/**
 * Who runs this update and why it can't wait, for the rollout's record: the person behind a GitHub workflow, else user and machine.
 *
 * @param critical the reason of a critical release, or empty
 * @returns at most 200 characters
 */
export function deployer(critical: string, env: NodeJS.ProcessEnv = process.env): string {
  const who = env.GITHUB_ACTOR ? `${env.GITHUB_ACTOR} (GitHub Actions)` : `${userInfo().username}@${hostname()}`;
  return (critical === "" ? who : `${who}, critical: ${critical}`).slice(0, 200);
}
