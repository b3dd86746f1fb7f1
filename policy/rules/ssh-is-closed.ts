import type { Rule } from "../rule.ts";
import { openings } from "../openings.ts";

/** Port 22 is tried by strangers every minute, and one leaked key is enough. */
export const sshIsClosed: Rule = {
  name: "slipway-ssh-is-closed",
  description: "SSH is not open to everybody",
  fix: "name the networks of those who deploy, or reach the host through Session Manager",
  problems: (seen) =>
    openings(seen)
      .filter(({ from, to }) => from <= 22 && to >= 22)
      .map(({ source }) => `SSH (port 22) is open to ${source}`),
};
