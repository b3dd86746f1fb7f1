import { describe, expect, it } from "vitest";
import { Clients, ClientWeights } from "../../router/clients.ts";

const seen = (count: number): Clients => {
  const clients = new Clients();
  for (let n = 1; n <= count; n++) clients.saw(`10.0.0.${String(n)}`);
  return clients;
};
const counted = (weights: ClientWeights, address: string, times: number): number =>
  Array.from({ length: times }, () => weights.counts(address)).filter(Boolean).length;

describe("one address", () => {
  it("counts whole while few are seen: it may be all that there is", () => {
    expect(counted(new ClientWeights(seen(8)), "10.9.9.9", 100)).toBe(100);
  });

  it("has a tenth of the answers at most once many are seen, and one in any case", () => {
    const weights = new ClientWeights(seen(10));
    expect(counted(weights, "10.9.9.9", 100)).toBe(1);
    for (let n = 1; n <= 100; n++) expect(weights.counts(`10.0.1.${String(n)}`)).toBe(true);
    expect(counted(weights, "10.9.9.9", 100)).toBe(10);
  });

  it("takes nothing from the others", () => {
    const weights = new ClientWeights(seen(10));
    counted(weights, "10.9.9.9", 1_000);
    expect(counted(weights, "10.0.0.1", 1)).toBe(1);
  });
});
