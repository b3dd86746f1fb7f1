/** HAProxy's flag (`AN_RES_WAIT_HTTP`) of an exchange that still waits for the answer's head; tells streams from requests that hang. */
const waitsForHead = 0x0040_0000;

interface Exchange {
  /** Names it as long as the proxy works on it; may be used again afterwards. */
  readonly id: string;
  readonly server: string;
  /** In whole seconds, since the request or since the one before it on the same connection. */
  readonly ageSeconds: number;
}

/**
 * Requests that a service has accepted and not answered. The proxy's counters and log know only what is over, so a service that
 * hangs would look idle.
 */
export class Waiting {
  /** When an exchange was seen waiting first, by id. */
  #since = new Map<string, number>();

  /**
   * @param sessions the proxy's answer to `show sess`
   * @param nowMs when it was asked, in ms
   * @param minMs how long a request has to wait to be told of
   * @returns how many requests wait for so long, by server
   */
  look(sessions: string, nowMs: number, minMs: number): ReadonlyMap<string, number> {
    const since = new Map<string, number>();
    const late = new Map<string, number>();
    for (const { id, server, ageSeconds } of parseWaiting(sessions)) {
      const first = this.#since.get(id);
      // A younger one under the same id is the next request.
      const isSame = first !== undefined && (ageSeconds + 1) * 1000 >= nowMs - first;
      since.set(id, isSame ? first : nowMs);
      if (isSame && nowMs - first >= minMs) late.set(server, (late.get(server) ?? 0) + 1);
    }
    this.#since = since;
    return late;
  }
}

/** Exchanges with the service's servers that have no answer yet. */
export function parseWaiting(sessions: string): Exchange[] {
  return sessions.split("\n").flatMap((line) => {
    const [, id, source, server, age] =
      /^(0x[0-9a-f]+): .*\bsrc=(\S+) .*\bbe=service srv=(\S+) .*\bage=(\S+) /.exec(line) ?? [];
    const analysers = /\brp\[[^\]]*\ban=([0-9a-f]+)h/.exec(line)?.[1];
    if (!id || !source || !server || !age || !analysers) return [];
    if ((parseInt(analysers, 16) & waitsForHead) === 0) return [];
    return [{ id: `${id} ${source}`, server, ageSeconds: seconds(age) }];
  });
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `1h5m`, as HAProxy writes a time. */
const seconds = (age: string): number =>
  [...age.matchAll(/(\d+)([smhd])/g)].reduce(
    (sum, [, count, unit = "s"]) => sum + Number(count) * (units[unit] ?? 0),
    0,
  );
