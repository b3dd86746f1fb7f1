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

/** A script for a host, which alone reaches the stack's own Prometheus: its controller asks, and prints the answers as one line of JSON. */
export const askingScript = (controller: string, address: string, paths: readonly string[]): string =>
  `docker exec -i ${controller} node --input-type=module - <<'END'
const questionMs = ${String(questionMs)};
const askPrometheus = ${askPrometheus.toString()};
console.log(JSON.stringify(await askPrometheus(${JSON.stringify(address)}, ${JSON.stringify(paths)})));
END`;
