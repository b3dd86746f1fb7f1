import fc from "fast-check";
import { expect, test } from "vitest";
import { HostNames, maxReplicas, slots } from "../../../lib/hosts/naming.ts";
import { rows } from "../../../router/ledger.ts";

const names = new HostNames("ape-2026", "local", "10.213.0.0/24");

test("names say whose and what a thing on the host is", () => {
  expect(names.part("proxy")).toBe("ape-2026-local-proxy");
  expect(names.replica("green", 2)).toBe("ape-2026-local-green-2");
});

test("every container has an address of its own, inside the subnet and clear of the gateway", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), (third) => {
      const some = new HostNames("a", "b", `10.1.${String(third)}.0/24`);
      const parts = (["controller", "postgres", "redis", "neo4j"] as const).map((part) => some.address(part));
      const replicas = slots.flatMap((slot) =>
        rows.flatMap((row) =>
          Array.from({ length: maxReplicas }, (_, index) => some.replicaAddress(slot, index + 1, row)),
        ),
      );
      const all = [...parts, ...replicas, `10.1.${String(third)}.1`];
      expect(new Set(all).size).toBe(all.length);
      for (const address of all) expect(address).toMatch(new RegExp(`^10\\.1\\.${String(third)}\\.\\d{1,3}$`));
    }),
  );
});
