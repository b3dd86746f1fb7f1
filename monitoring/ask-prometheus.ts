/** Longest that one question may take, in milliseconds. */
const questionMs = 30_000;

/** The answers of a Prometheus, in order. @param paths after its address */
export async function askPrometheus(address: string, paths: readonly string[]): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const path of paths) {
    const answer = await fetch(`${address}${path}`, { signal: AbortSignal.timeout(questionMs) });
    answers.push(await answer.json());
  }
  return answers;
}

/**
 * A script for a host, which alone reaches the stack's own Prometheus: its controller asks, and prints the answers as one line of JSON. It ends
 * with 3 where Prometheus does not answer, and says so.
 *
 * @param limitMs longest that each question may take. @default 30 s: a dashboard asks for weeks
 */
export const askingScript = (
  controller: string,
  address: string,
  paths: readonly string[],
  limitMs = questionMs,
): string =>
  `docker exec -i ${controller} node --input-type=module - <<'END'
const questionMs = ${String(limitMs)};
const askPrometheus = ${askPrometheus.toString()};
try {
  console.log(JSON.stringify(await askPrometheus(${JSON.stringify(address)}, ${JSON.stringify(paths)})));
} catch (error) {
  console.error(\`the stack's own Prometheus does not answer, got \${error.cause?.code ?? error.message}. Fix: pulumi up brings back what is away\`);
  process.exitCode = 3;
}
END`;
