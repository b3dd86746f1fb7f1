import type { TestHost } from "./host.ts";

/** Looks at the proxy's weights as often as it answers, from the side. */
export class WeightWatch {
  readonly #seen: string[] = [];
  /** The fewest replicas that had weight, were let in and up, at any two looks: within one, HAProxy may tell some of before a change and others of after it. */
  fewest = Infinity;
  #isOn = true;
  readonly #work: Promise<void>;

  constructor(host: TestHost) {
    this.#work = this.#look(host);
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#work;
  }

  /**
   * The pictures of who has weight that were seen, in order, such as `blue 12 green 1`, without those on the way between two of `wanted`.
   * A busy machine shows a change half done: it is on the way if nobody is in it but replicas of the one or the other, and all of both.
   */
  rests(wanted: readonly string[]): string[] {
    const rests: string[] = [];
    for (const [n, picture] of this.#seen.entries()) {
      const next = wanted[rests.length];
      const isOnTheWay = next !== undefined && picture !== next && isBetween(picture, wanted[rests.length - 1], next);
      if (!isOnTheWay || n === this.#seen.length - 1) rests.push(picture);
    }
    return rests;
  }

  async #look(host: TestHost): Promise<void> {
    let before = "";
    while (this.#isOn) {
      const serving = await host.serving();
      const of = (slot: string) =>
        serving
          .filter((name) => name.startsWith(slot))
          .map((name) => name.split("-")[1])
          .join("");
      const picture = ["blue", "green"].flatMap((slot) => (of(slot) ? [`${slot} ${of(slot)}`] : [])).join(" ");
      if (picture === before) {
        this.fewest = Math.min(this.fewest, serving.length);
        if (this.#seen.at(-1) !== picture) this.#seen.push(picture);
      }
      before = picture;
    }
  }
}

function isBetween(picture: string, from: string | undefined, to: string): boolean {
  if (from === undefined) return false;
  const [has, before, after] = [replicas(picture), replicas(from), replicas(to)];
  const isOfOne = has.every((name) => before.includes(name) || after.includes(name));
  return isOfOne && before.every((name) => !after.includes(name) || has.includes(name));
}

/** `blue 12 green 1` → blue1, blue2, green1. */
function replicas(picture: string): string[] {
  return [...picture.matchAll(/(\w+) (\d+)/g)].flatMap(([, slot = "", indexes = ""]) =>
    indexes.split("").map((n) => slot + n),
  );
}
