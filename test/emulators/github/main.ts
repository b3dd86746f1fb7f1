// Starts the emulator as a process: `node test/emulators/github/main.ts '{"port": 8080, "accounts": [{"login": "acme", "plan": "team"}]}'`.
// Prints one line of JSON, its address and everybody's token, and runs until SIGINT or SIGTERM.
import type { GitHubArgs } from "./github.ts";
import { GitHub } from "./github.ts";

const github = await GitHub.start(JSON.parse(process.argv[2] ?? "{}") as GitHubArgs);
const { accounts, apps } = github.world;
const tokens = Object.fromEntries([
  ...accounts.flatMap((account) => (account.kind === "user" ? [[account.login, account.token]] : [])),
  ...apps.map(({ slug, token }) => [slug, token]),
]) as Record<string, string>;
process.stdout.write(`${JSON.stringify({ url: github.url, tokens })}\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void github.stop());
