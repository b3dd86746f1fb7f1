import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import type { Properties } from "../../../toolchain/offline/grpc/values.ts";

/** One thing on AWS. */
export interface Thing {
  readonly type: string;
  /** As AWS calls it; several revisions of a task definition have one. */
  readonly id: string;
  readonly inputs: Properties;
  /** What AWS tells beside. */
  readonly told: Properties;
}

/** All that is there, in a file, so that it outlives the plugin's process and a test can change it by hand. */
export class World {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** By key: its ARN where it has one, else its id. */
  all(): Readonly<Record<string, Thing>> {
    return existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, "utf8")) as Record<string, Thing>) : {};
  }

  find(key: string): Properties | undefined {
    return this.all()[key]?.inputs;
  }

  thing(key: string): Thing | undefined {
    return this.all()[key];
  }

  /** @returns its key */
  put(key: string, thing: Thing): string {
    this.#write({ ...this.all(), [key]: thing });
    return key;
  }

  /** @throws Error if it is not there */
  change(key: string, inputs: Properties, told: Properties = {}): void {
    const thing = this.all()[key];
    if (thing === undefined) throw new Error(`${key} does not exist`);
    this.put(key, { ...thing, inputs, told: { ...thing.told, ...told } });
  }

  /** A secret's versions go with it. */
  remove(key: string): void {
    const stays = ([each]: readonly [string, Thing]) => each !== key && !each.startsWith(`${key}|`);
    this.#write(Object.fromEntries(Object.entries(this.all()).filter(stays)));
  }

  /** Something else whose inputs name it, so that AWS would not let it go. */
  userOf(key: string): string | undefined {
    const used = (inputs: Properties) => JSON.stringify(inputs).includes(`"${key}"`);
    const others = Object.entries(this.all()).filter(([each]) => each !== key && !each.startsWith(`${key}|`));
    return others.find(([, { inputs }]) => used(inputs))?.[0];
  }

  #write(all: Readonly<Record<string, Thing>>): void {
    writeFileSync(this.#file, JSON.stringify(all, undefined, 2));
  }
}

/** What AWS calls a new thing of no name of its own. */
export const random = (noun: string): string => `${noun}-${randomBytes(8).toString("hex")}0`;
