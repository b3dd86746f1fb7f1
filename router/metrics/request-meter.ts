import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { places, type Place } from "../ledger.ts";
import { placeSocket } from "../paths.ts";
import { ask, isProxyProblem } from "../runtime-api.ts";
import { Scribe } from "../telling/scribe.ts";
import { backend, frontend, ownWayIn } from "../traffic.ts";
import { LogReader, processOf, startOf } from "./log-reader.ts";
import {
  countedText,
  nothingCounted,
  nothingRead,
  parseCounted,
  withLines,
  withBefore,
  withMissed,
  withoutProcesses,
  withRequest,
  type Counted,
} from "./request-counts.ts";

/** A request is missed only if it was missing at so many looks in a row: lines are on their way for a moment. */
const looksForMissed = 20;
const saveEveryMs = 1000;

export interface RequestMeterOptions {
  readonly runFolder: string;
  readonly stateFolder: string;
  readonly log: (line: string) => void;
}

/** A process as the proxy tells of it. */
interface Told {
  readonly process: string;
  /** Requests that it has got from clients. */
  readonly requests: number;
  /** Of them, those it is working on. */
  readonly open: number;
  /** Connections of clients, idle ones too. */
  readonly connections: number;
}

/**
 * Counts every request of the proxy once, by its log: through reloads, upgrades of the proxy and restarts of the controller.
 *
 * Totals and the place in the log are one file. So a controller that is killed loses nothing that the log still has (1 MB, some 5,000
 * requests), and a host that loses its power at most the last second. It shows only what is on the disk: what is shown never falls. An
 * old process that was there before the controller can only be asked now and then: what it ends last, as it goes, is lost.
 */
export class RequestMeter {
  readonly #options: RequestMeterOptions;
  readonly #path: string;
  readonly #scribe: Scribe;
  readonly #readers = new Set<LogReader>();
  readonly #gaps = new Map<string, number[]>();
  /** Readers of processes that have no client any more, with what they had told then. */
  readonly #leaving = new WeakMap<LogReader, number>();
  /** When the counting began, in ms since 1970; null where it goes on. */
  readonly #beganAt: number | null;
  #counted: Counted;
  #shown: Counted;
  #savedAt = -Infinity;

  private constructor(options: RequestMeterOptions, path: string, counted: Counted | null) {
    this.#options = options;
    this.#path = path;
    this.#scribe = new Scribe(options.log);
    this.#beganAt = counted === null ? Date.now() : null;
    this.#counted = counted ?? nothingCounted;
    this.#shown = this.#counted;
  }

  /** Never throws: what can't be read is counted anew. */
  static async open(options: RequestMeterOptions): Promise<RequestMeter> {
    const path = join(options.stateFolder, "requests.json");
    try {
      return new RequestMeter(options, path, parseCounted(await readFile(path, "utf8"), path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        options.log(`${path}: can't be read; requests are counted anew`);
      return new RequestMeter(options, path, null);
    }
  }

  /** Processes whose log it reads now. */
  get reading(): number {
    return [...this.#readers].filter(({ process, isOver }) => process !== null && !isOver).length;
  }

  /** What is on the disk. */
  get counted(): Counted {
    return this.#shown;
  }

  /** Follows processes that came, leaves those that have ended their work, and saves. Asked every half second. Never throws. */
  async look(): Promise<void> {
    for (const reader of this.#readers) if (reader.isOver) this.#readers.delete(reader);
    const gone = (await Promise.all(places.map((place) => this.#lookAt(place)))).flat();
    const isRead = (process: string) => [...this.#readers].some((reader) => reader.process === process);
    this.#counted = withoutProcesses(this.#counted, (process) => gone.includes(process) && !isRead(process));
    for (const process of this.#gaps.keys()) if (!(process in this.#counted.read)) this.#gaps.delete(process);
    await this.#save();
  }

  stop(): void {
    for (const reader of this.#readers) reader.stop();
  }

  /** @returns the processes of a place that are known to be gone: one that could not be asked is not */
  async #lookAt(place: Place): Promise<string[]> {
    const admin = placeSocket(this.#options.runFolder, place, "admin");
    const seen = this.#counted;
    const current = await told(place, admin, "");
    if (current) this.#lookAtProcess(current, seen, place, admin, "");
    const known = [...Object.keys(this.#counted.read), ...[...this.#readers].map(({ process }) => process ?? "")];
    const left = known.filter((process) => process.startsWith(`${place}/`) && process !== current?.process);
    const alive = left.length > 0 ? await this.#lookAtOld(place, current) : null;
    return alive === null ? [] : left.filter((process) => !alive.includes(process));
  }

  /** @returns the old processes of a place; null if one of them could not be asked */
  async #lookAtOld(place: Place, current: Told | null): Promise<string[] | null> {
    const master = placeSocket(this.#options.runFolder, place, "master");
    const processes = await ask(master, "show proc").catch(() => "");
    const pids = [...processes.matchAll(/^(\d+)\s+worker\s/gm)].map(([, pid = ""]) => pid);
    const old: Told[] = [];
    let isWhole = pids.length > 0;
    for (const pid of pids) {
      const prefix = `@!${pid} `;
      const seen = this.#counted;
      const each = await told(place, master, prefix);
      isWhole &&= each !== null;
      if (each === null || each.process === current?.process) continue;
      old.push(each);
      this.#lookAtProcess(each, seen, place, master, prefix);
    }
    for (const reader of this.#readers) {
      if (reader.place !== place || reader.process === null || reader.process === current?.process) continue;
      this.#leave(reader, old.find(({ process }) => process === reader.process)?.connections ?? 0);
    }
    return isWhole ? old.map(({ process }) => process) : null;
  }

  /**
   * A reader is a connection too: a process that has no other one left would wait for it until it is killed. Who can't be asked is not
   * held up either. What it has logged is here by the next look.
   */
  #leave(reader: LogReader, connections: number): void {
    if (connections > 0) this.#leaving.delete(reader);
    else if (this.#leaving.get(reader) === reader.told) reader.stop();
    else this.#leaving.set(reader, reader.told);
  }

  /** @param seen what was counted when it was asked */
  #lookAtProcess(process: Told, seen: Counted, place: Place, socket: string, prefix: string): void {
    const isRead = [...this.#readers].some(
      (reader) => reader.place === place && [null, process.process].includes(reader.process),
    );
    if (isRead) this.#measure(process, seen);
    else if (prefix === "" || process.connections > 0) this.#read(place, socket, prefix);
  }

  #read(place: Place, socket: string, prefix: string): void {
    const reader: LogReader = new LogReader({
      place,
      socket,
      prefix,
      onProcess: (process) => {
        if ([...this.#readers].some((other) => other !== reader && !other.isOver && other.process === process))
          return null;
        const last = this.#counted.read[process]?.id ?? nothingRead.id;
        const isNew = this.#counted.read[process] === undefined;
        if (isNew && this.#beganAt !== null && startOf(process) < Math.floor(this.#beganAt / 1000))
          this.#counted = withBefore(this.#counted, process);
        return last;
      },
      onRequest: (process, request) => {
        this.#counted = withRequest(this.#counted, process, request);
      },
    });
    this.#readers.add(reader);
  }

  /**
   * Of a process that was there before, what is not in its log was before too. That is never taken for less than it is, or the rest would be
   * missed for ever: so no line counts that came after the process was asked.
   */
  #measure({ process, requests, open }: Told, seen: Counted): void {
    const read = this.#counted.read[process];
    if (read === undefined) return;
    const lines = read.before ? (seen.read[process]?.lines ?? 0) : read.lines;
    const gaps = [...(this.#gaps.get(process) ?? []), requests - open - lines].slice(-looksForMissed);
    this.#gaps.set(process, gaps);
    if (gaps.length < looksForMissed) return;
    if (read.before) this.#gaps.delete(process);
    const change = read.before ? withLines : withMissed;
    this.#counted = change(this.#counted, process, Math.min(...gaps));
  }

  async #save(): Promise<void> {
    const counted = this.#counted;
    if (counted === this.#shown || performance.now() - this.#savedAt < saveEveryMs) return;
    this.#savedAt = performance.now();
    // A disk that is full is no reason to show nothing.
    await this.#scribe.write(this.#path, countedText(counted));
    this.#shown = counted;
  }
}

async function told(place: Place, socket: string, prefix: string): Promise<Told | null> {
  // Who is at work comes first: what begins in between is not yet among the requests.
  const shown = [`${backend} 2`, `${ownWayIn} 1`, `${frontend} 1`].map((each) => `show stat ${each} -1`);
  const commands = ["show info", ...shown];
  const answer = await ask(socket, commands.map((each) => prefix + each).join(";")).catch((error: unknown) => {
    if (isProxyProblem(error)) return "";
    throw error;
  });
  const process = processOf(place, answer);
  if (process === null) return null;
  const columns = (/^# (pxname,.*)$/m.exec(answer)?.[1] ?? "").split(",");
  const row = (name: string) => (new RegExp(`^${name}$`, "m").exec(answer)?.[0] ?? "").split(",");
  const cell = (name: string, column: string) => Number(row(name)[columns.indexOf(column)] ?? 0);
  return {
    process,
    requests: cell(`${frontend},FRONTEND,.*`, "req_tot"),
    // Requests of the controller itself are in no log that is counted.
    open: cell(`${backend},BACKEND,.*`, "scur") - cell(`${ownWayIn},FRONTEND,.*`, "scur"),
    connections: cell(`${frontend},FRONTEND,.*`, "scur"),
  };
}
