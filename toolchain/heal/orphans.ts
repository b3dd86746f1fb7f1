import { connect } from "node:net";
import { basename } from "node:path";
import type { RunningProcess } from "../processes.ts";

/** How long an engine's port on this machine may take to answer, in milliseconds. */
const answerMs = 1_000;

/**
 * Ends plugins of an engine that was killed: they would go on for minutes, some in the middle of their work.
 *
 * A plugin's last argument is its engine's address: where nobody listens any more, it works for nobody.
 *
 * @returns how many were ended
 */
export async function endOrphans(processes: RunningProcess[]): Promise<number> {
  const plugins = processes.flatMap(({ pid, args }) => {
    const plugin = args.slice(0, 2).some((arg) => /^pulumi-(resource|language|analyzer)-/.test(basename(arg)));
    const port = /^127\.0\.0\.1:(\d+)$/.exec(args.at(-1) ?? "")?.[1];
    return plugin && port !== undefined ? [{ pid, port: Number(port) }] : [];
  });
  const ended = await Promise.all(
    plugins.map(async ({ pid, port }) => {
      if (await listens(port)) return false;
      try {
        process.kill(pid, "SIGKILL");
        return true;
      } catch {
        return false; // Ended by itself, or another user's.
      }
    }),
  );
  return ended.filter(Boolean).length;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: answerMs });
    const settle = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    // Only a refusal proves that nobody is there.
    socket.once("connect", settle(true)).once("timeout", settle(true)).once("error", settle(false));
  });
}
