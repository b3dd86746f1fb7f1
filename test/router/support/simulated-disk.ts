import { dirname } from "node:path";

/** Content as programs see it, and as it would be found after a power cut: null means nothing of it. */
interface Inode {
  data: string;
  synced: string | null;
}

/** A name that was given or moved, but not yet synced with its folder. */
interface Entry {
  readonly path: string;
  readonly from: string | null;
  readonly inode: Inode;
}

/** What to leave out, to see that somebody notices. */
export interface DiskFaults {
  readonly noFileSync?: boolean;
  readonly noFolderSync?: boolean;
  /** Files are written where they are, not beside and renamed. */
  readonly inPlace?: boolean;
}

/** Files with as much of POSIX's crash semantics as matters: what is not synced may be lost, or there in part. */
export class SimulatedDisk {
  #seen = new Map<string, Inode>();
  #kept = new Map<string, Inode>();
  #pending: Entry[] = [];
  faults: DiskFaults = {};

  read(path: string): string | null {
    return this.#seen.get(path)?.data ?? null;
  }

  /** Opens for writing: the file is there and empty. */
  create(path: string): void {
    const target = this.faults.inPlace ? path.replace(/\.new$/, "") : path;
    const known = this.#seen.get(target);
    if (known) known.data = "";
    else {
      const inode: Inode = { data: "", synced: null };
      this.#seen.set(target, inode);
      this.#pending.push({ path: target, from: null, inode });
    }
  }

  write(path: string, text: string): void {
    const inode = this.#seen.get(this.faults.inPlace ? path.replace(/\.new$/, "") : path);
    if (inode) inode.data = text;
  }

  rename(from: string, to: string): void {
    const inode = this.#seen.get(from);
    if (!inode) return;
    this.#seen.delete(from);
    this.#seen.set(to, inode);
    this.#pending.push({ path: to, from, inode });
  }

  /** Of a file its content, of a folder the names in it. */
  sync(path: string): void {
    const inode = this.#seen.get(this.faults.inPlace ? path.replace(/\.new$/, "") : path);
    if (inode) {
      if (!this.faults.noFileSync) inode.synced = inode.data;
      return;
    }
    if (this.faults.noFolderSync) return;
    for (const entry of this.#pending.filter((one) => dirname(one.path) === path)) settle(this.#kept, entry);
    this.#pending = this.#pending.filter((one) => dirname(one.path) !== path);
  }

  /** Every disk that could be found after a power cut at this instant. */
  afterPowerCut(): SimulatedDisk[] {
    const found = new Map<string, SimulatedDisk>();
    for (let done = 0; done <= this.#pending.length; done++) {
      const names = new Map(this.#kept);
      for (const entry of this.#pending.slice(0, done)) settle(names, entry);
      let disks: [string, string][][] = [[]];
      for (const [path, inode] of names) {
        disks = disks.flatMap((disk) =>
          contentsAfterPowerCut(inode).map((text) => [...disk, [path, text] as [string, string]]),
        );
      }
      for (const files of disks) {
        const disk = SimulatedDisk.of(files);
        disk.faults = this.faults;
        found.set(disk.key, disk);
      }
    }
    return [...found.values()];
  }

  /** All of it synced. */
  static of(files: Iterable<readonly [path: string, text: string]>): SimulatedDisk {
    const disk = new SimulatedDisk();
    for (const [path, data] of files) {
      const inode: Inode = { data, synced: data };
      disk.#seen.set(path, inode);
      disk.#kept.set(path, inode);
    }
    return disk;
  }

  copy(): SimulatedDisk {
    const copies = new Map<Inode, Inode>();
    const copyOf = (inode: Inode): Inode => {
      const copy = copies.get(inode) ?? { ...inode };
      copies.set(inode, copy);
      return copy;
    };
    const disk = new SimulatedDisk();
    disk.faults = this.faults;
    for (const [path, inode] of this.#seen) disk.#seen.set(path, copyOf(inode));
    for (const [path, inode] of this.#kept) disk.#kept.set(path, copyOf(inode));
    disk.#pending = this.#pending.map((entry) => ({ ...entry, inode: copyOf(entry.inode) }));
    return disk;
  }

  /** Equal for disks from which everything goes on alike. */
  get key(): string {
    const files = (names: Map<string, Inode>) =>
      [...names]
        .map(([path, { data, synced }]) => `${path}=${meaningOf(path, data)},${meaningOf(path, synced)}`)
        .sort();
    const pending = this.#pending.map(
      ({ path, from, inode }) => `${path}<${from ?? ""}=${meaningOf(path, inode.data)}`,
    );
    return [...files(this.#seen), "|", ...files(this.#kept), "|", ...pending].join();
  }
}

const meanings = new Map<string, number>();
const known = new Map<string, number>();

/**
 * A number for a text: the same for texts that differ only in what no behaviour depends on. Rollouts are counted from the last one,
 * reasons do not matter, and what is in a temporary file is nobody's business.
 */
function meaningOf(path: string, text: string | null): number {
  if (text === null) return -1;
  if (path.endsWith(".new")) return 0;
  const number = known.get(text);
  if (number !== undefined) return number;
  const last = Number(/"rollout":(\d+)/.exec(text)?.[1]);
  const meaning = text
    .replace(/"(rollout|promoted|released)":(\d+)/g, (_, name: string, count) => `${name}:${Number(count) - last}`)
    .replace(/"reason":"[^"]*"/g, "reason");
  const first = meanings.get(meaning) ?? meanings.size + 1;
  meanings.set(meaning, first);
  known.set(text, first);
  return first;
}

function settle(names: Map<string, Inode>, { path, from, inode }: Entry): void {
  if (from !== null) names.delete(from);
  names.set(path, inode);
}

/** Old, new, or half of the new one. */
function contentsAfterPowerCut({ data, synced }: Inode): string[] {
  if (data === synced) return [data];
  return [...new Set([synced ?? "", halfOf(data), data])];
}

const halves = new Map<string, string>();

/** The same object for the same text: comparing long texts is most of the work otherwise. */
export function halfOf(text: string): string {
  const half = halves.get(text) ?? text.slice(0, text.length / 2);
  halves.set(text, half);
  return half;
}
