import { afterAll, expect, test } from "vitest";
import { tag } from "../../toolchain/stock-images.ts";
import { docker } from "../support/hosts/docker.ts";
import { label, own } from "../support/run/id.ts";
import { sweep } from "../support/run/sweep.ts";

/** Two runs that were killed; the sweep of one leaves the other one's alone. */
const [gone, other] = ["t0000dead", "t0000beef"];
const names = (kind: string) =>
  docker([kind, "ls", "--format", kind === "container" ? "{{.Names}}" : "{{.Name}}"]).split("\n");

function leave(run: string): void {
  const [mine, stacks] = [`${label}=${run}`, `slipway.stack=killed-${run}`];
  docker(["volume", "create", "--label", stacks, own(`sweep-${run}`)]);
  docker(["network", "create", "--internal", "--label", mine, own(`sweep-${run}`)]);
  const where = ["--network", own(`sweep-${run}`), "--volume", `${own(`sweep-${run}`)}:/data`];
  docker([
    "run",
    "--detach",
    "--label",
    stacks,
    "--name",
    own(`sweep-${run}`),
    ...where,
    "--entrypoint",
    "sleep",
    tag("redis"),
    "600",
  ]);
}

afterAll(() => {
  for (const run of [gone, other]) sweep(run);
});

test("a killed run's containers, networks and volumes go, and no other run's", () => {
  for (const run of [gone, other]) leave(run);
  const kinds = ["container", "network", "volume"];
  expect(sweep(gone)).toEqual(kinds.map((kind) => `${kind} ${own(`sweep-${gone}`)}`));
  for (const kind of kinds) {
    expect(names(kind)).not.toContain(own(`sweep-${gone}`));
    expect(names(kind)).toContain(own(`sweep-${other}`));
  }
  expect(sweep(gone)).toEqual([]);
});
