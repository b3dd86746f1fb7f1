/** HAProxy's flag (`AN_RES_WAIT_HTTP`) of an exchange that still waits for the answer's head; tells streams from requests that hang. */
const waitsForHead = 0x0040_0000;
/** Its flag of a request that is whole: of the channel (`CF_EOI`) up to 2.7, of the connection to the client (`SC_FL_EOI`) since. */
const wholeInChannel = 0x4000_0000;
const wholeInConnection = 0x2;

/** When the proxy was asked what it works on, and when it had answered, in ms. */
export interface Asked {
  readonly askedMs: number;
  readonly answeredMs: number;
}

/** What one server has accepted and not answered. */
export interface Unanswered {
  readonly all: number;
  /** How many of them wait for longer than allowed. */
  readonly late: number;
  /** When the oldest of them was seen first, in ms. */
  readonly since: number;
}

export const allAnswered: Unanswered = { all: 0, late: 0, since: Infinity };

interface Exchange {
  /** Names it as long as the proxy works on it; may be used again afterwards. */
  readonly id: string;
  readonly server: string;
  /** Address of the client. */
  readonly client: string;
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
  /** Those that were there at the first look already, by id; null before it. */
  #earlier: ReadonlySet<string> | null = null;
  readonly #isLeftOut: (server: string) => boolean;

  /** @param isLeftOut whether what waits at a server at the first look is left out for good: another release may have been asked it */
  constructor(isLeftOut: (server: string) => boolean = () => false) {
    this.#isLeftOut = isLeftOut;
  }

  /**
   * @param sessions the proxy's answer to `show sess`
   * @param minMs how long a request has to wait to be late
   * @param mostOfAddress so many of one client address are late at most
   * @returns by server
   */
  look(
    sessions: string,
    { askedMs, answeredMs }: Asked,
    { minMs, mostOfAddress }: { readonly minMs: number; readonly mostOfAddress: number },
  ): ReadonlyMap<string, Unanswered> {
    const since = new Map<string, number>();
    const found = new Map<string, Unanswered>();
    const ofAddress = new Map<string, number>();
    const earlier = new Set<string>();
    for (const { id, server, client, ageSeconds } of parseWaiting(sessions)) {
      const known = this.#since.get(id);
      // A younger one under the same id is the next request. Between the two instants the proxy may take long to answer: each is on the safe side.
      const first = known !== undefined && (ageSeconds + 1) * 1000 >= askedMs - known ? known : answeredMs;
      since.set(id, first);
      if (this.#earlier === null ? this.#isLeftOut(server) : first === known && this.#earlier.has(id)) {
        earlier.add(id);
        continue;
      }
      const before = found.get(server) ?? allAnswered;
      const others = ofAddress.get(client) ?? 0;
      const isLate = askedMs - first >= minMs;
      if (isLate) ofAddress.set(client, others + 1);
      found.set(server, {
        all: before.all + 1,
        late: before.late + (isLate && others < mostOfAddress ? 1 : 0),
        since: Math.min(before.since, first),
      });
    }
    this.#since = since;
    this.#earlier = earlier;
    return found;
  }
}

/** Exchanges with the service's servers that have no answer yet, though the request is whole. */
export function parseWaiting(sessions: string): Exchange[] {
  return sessions.split("\n").flatMap((line) => {
    const [, id, source, server, age] =
      /^(0x[0-9a-f]+): .*\bsrc=(\S+) .*\bbe=service srv=(\S+) .*\bage=(\S+) /.exec(line) ?? [];
    const analysers = /\brp\[[^\]]*\ban=([0-9a-f]+)h/.exec(line)?.[1];
    if (!id || !source || !server || !age || !analysers) return [];
    if ((parseInt(analysers, 16) & waitsForHead) === 0) return [];
    if (!isWhole(line)) return [];
    return [{ id: `${id} ${source}`, server, client: source.replace(/:\d+$/, ""), ageSeconds: seconds(age) }];
  });
}

function isWhole(line: string): boolean {
  const ofConnection = /\bscf=\[\d+,([0-9a-f]+)h,[^\]]*\brex=/.exec(line)?.[1];
  if (ofConnection !== undefined) return (parseInt(ofConnection, 16) & wholeInConnection) !== 0;
  const ofChannel = /\brq\[f=([0-9a-f]+)h/.exec(line)?.[1] ?? "0";
  return (parseInt(ofChannel, 16) & wholeInChannel) !== 0;
}

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `1h5m`, as HAProxy writes a time. */
const seconds = (age: string): number =>
  [...age.matchAll(/(\d+)([smhd])/g)].reduce(
    (sum, [, count, unit = "s"]) => sum + Number(count) * (units[unit] ?? 0),
    0,
  );
