/** Buckets grow by so much: a percentile is right to 2 %. */
const growth = 1.02;

/** Times of answers in ms, for percentiles: a few hundred counters, however many answers. */
export class Timing {
  /** Answers by bucket, with holes. */
  readonly #buckets: (number | undefined)[] = [];
  #count = 0;

  add(ms: number): void {
    const bucket = Math.floor(Math.log(Math.max(0, ms) + 1) / Math.log(growth));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count++;
  }

  /** As a rollout's record has them. */
  get times(): { p50Ms: number | null; p95Ms: number | null; p99Ms: number | null } {
    return { p50Ms: this.percentile(50), p95Ms: this.percentile(95), p99Ms: this.percentile(99) };
  }

  /** The time within which so many percent of the answers came, null without any. */
  percentile(percent: number): number | null {
    let missing = Math.ceil((this.#count * percent) / 100);
    if (this.#count === 0) return null;
    for (const [bucket, count] of this.#buckets.entries()) {
      missing -= count ?? 0;
      if (missing <= 0) return Math.max(0, Math.round(growth ** (bucket + 0.5) - 1));
    }
    return null;
  }
}
