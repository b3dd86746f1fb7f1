import { expect, it } from "vitest";
import { exposition } from "../../../router/metrics/exposition.ts";
import { hostFamilies } from "../../../router/metrics/host-families.ts";
import { nothingCounted, requestFamilies } from "../../../router/metrics/request-counts.ts";
import { promtool } from "../../support/prometheus-tools.ts";
import { view } from "../support/host-view.ts";

it("is what Prometheus reads, and promtool has nothing to say about its names", async () => {
  const text = exposition([...requestFamilies(nothingCounted, 1), ...hostFamilies(view())]);
  expect(await promtool(["check", "metrics"], text)).toEqual({ code: 0, text: "" });
});

it("is judged by somebody who sees faults", async () => {
  const said = await promtool(
    ["check", "metrics"],
    exposition([{ name: "x", help: "", type: "counter", samples: [{ value: 1 }] }]),
  );
  expect(said.code).not.toBe(0);
});
