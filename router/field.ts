/** An input has the wrong shape; the message names the field. */
export class InvalidInput extends Error {}

/** A value of unknown JSON together with its path, so that every check can say where the problem is. */
export class Field {
  readonly path: string;
  readonly value: unknown;

  constructor(path: string, value: unknown) {
    this.path = path;
    this.value = value;
  }

  /** @throws InvalidInput if the text is not JSON; its content is not shown */
  static parse(path: string, text: string): Field {
    try {
      return new Field(path, JSON.parse(text) as unknown);
    } catch {
      throw new InvalidInput(
        `${path}: not JSON, got ${Buffer.byteLength(text)} bytes; allowed a JSON object. Fix: write it again`,
      );
    }
  }

  get(key: string): Field {
    if (typeof this.value !== "object" || this.value === null) this.fail("an object");
    return new Field(`${this.path}.${key}`, (this.value as Record<string, unknown>)[key]);
  }

  text(pattern = /^[^\0]{0,4096}$/s): string {
    return typeof this.value === "string" && pattern.test(this.value)
      ? this.value
      : this.fail(`text like ${String(pattern)}`);
  }

  number(min: number, max: number): number {
    const { value } = this;
    if (typeof value === "number" && value >= min && value <= max) return value;
    return this.fail(`a number from ${min} to ${max}`);
  }

  integer(min: number, max: number): number {
    const { value } = this;
    if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) return Number(value);
    return this.fail(`a whole number from ${min} to ${max}`);
  }

  oneOf<T extends string>(allowed: readonly T[]): T {
    return allowed.find((value) => value === this.value) ?? this.fail(allowed.join(", "));
  }

  list<T>(read: (item: Field) => T): T[] {
    if (!Array.isArray(this.value)) this.fail("a list");
    return (this.value as unknown[]).map((item, index) => read(new Field(`${this.path}[${index}]`, item)));
  }

  /** Text by name. */
  record(names: RegExp, values: RegExp): Record<string, string> {
    return this.#named(names, (field) => field.text(values));
  }

  /** Whole numbers from 1 by name. */
  counts(names: RegExp, max: number): Record<string, number> {
    return this.#named(names, (field) => field.integer(1, max));
  }

  #named<T>(names: RegExp, read: (field: Field) => T): Record<string, T> {
    const { value } = this;
    if (typeof value !== "object" || value === null || Array.isArray(value)) this.fail("an object");
    const entries = Object.keys(value).map((name) => {
      const field = this.get(name);
      return [names.test(name) ? name : field.fail(`a name like ${String(names)}`), read(field)] as const;
    });
    return Object.fromEntries(entries);
  }

  nullable<T>(read: (field: Field) => T): T | null {
    return this.value === null ? null : read(this);
  }

  /** Like `nullable`, and the field may be missing. */
  optional<T>(read: (field: Field) => T): T | null {
    return this.value === undefined ? null : this.nullable(read);
  }

  fail(allowed: string): never {
    const got = this.value === undefined ? "nothing" : JSON.stringify(this.value).slice(0, 80);
    throw new InvalidInput(`${this.path}: got ${got}; allowed ${allowed}. Fix: correct it and run again`);
  }
}
