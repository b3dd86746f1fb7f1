import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import type { Properties } from "../../../toolchain/offline/grpc/values.ts";

/** One thing on AWS. */
interface Thing {
  readonly type: string;
  readonly inputs: Properties;
}

/** All that is there, in a file, so that it outlives the plugin's process and a test can change it by hand. */
export class World {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** By id. */
  all(): Readonly<Record<string, Thing>> {
    return existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, "utf8")) as Record<string, Thing>) : {};
  }

  find(id: string): Properties | undefined {
    return this.all()[id]?.inputs;
  }

  /** @returns its id */
  add(type: string, inputs: Properties): string {
    const noun = type.split(":").at(-1)?.toLowerCase() ?? "";
    const id = `${noun === "volume" ? "vol" : noun === "instance" ? "i" : noun}-${randomBytes(8).toString("hex")}0`;
    this.#write({ ...this.all(), [id]: { type, inputs } });
    return id;
  }

  /** @throws Error if it is not there */
  change(id: string, inputs: Properties): void {
    const thing = this.all()[id];
    if (thing === undefined) throw new Error(`${id} does not exist`);
    this.#write({ ...this.all(), [id]: { ...thing, inputs } });
  }

  remove(id: string): void {
    this.#write(Object.fromEntries(Object.entries(this.all()).filter(([each]) => each !== id)));
  }

  /** Something whose inputs name it, so that AWS would not let it go. */
  userOf(id: string): string | undefined {
    return Object.entries(this.all()).find(([, { inputs }]) => JSON.stringify(inputs).includes(`"${id}"`))?.[0];
  }

  /** The address that belongs to an id. */
  addressOf(id: string): string {
    return `198.51.100.${String((Buffer.from(id).reduce((sum, byte) => sum + byte, 0) % 250) + 1)}`;
  }

  #write(all: Readonly<Record<string, Thing>>): void {
    writeFileSync(this.#file, JSON.stringify(all, undefined, 2));
  }
}
