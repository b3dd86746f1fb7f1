import type { TestHost } from "./host.ts";

/** Looks at the proxy's weights as often as it answers, from the side. */
export class WeightWatch {
  /** Each different picture of who has weight, in order, such as `blue 12 green 1`. A picture in the middle of a change does not rest. */
  readonly rests: string[] = [];
  /** The fewest replicas that had weight, were let in and up, at any look. */
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

  async #look(host: TestHost): Promise<void> {
    let before = "";
    while (this.#isOn) {
      const serving = await host.serving();
      this.fewest = Math.min(this.fewest, serving.length);
      const of = (slot: string) =>
        serving
          .filter((name) => name.startsWith(slot))
          .map((name) => name.split("-")[1])
          .join("");
      const picture = ["blue", "green"].flatMap((slot) => (of(slot) ? [`${slot} ${of(slot)}`] : [])).join(" ");
      if (picture === before && this.rests.at(-1) !== picture) this.rests.push(picture);
      before = picture;
    }
  }
}
