import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { alone } from "../../toolchain/images.ts";
import { canBeMade } from "../../toolchain/offline/debian-image.ts";
import { stockImages } from "../../toolchain/stock-images.ts";

test("who waits for an image that another run makes says so, and who needs another image does not wait", async () => {
  const home = await mkdtemp(join(tmpdir(), "slipway-images-"));
  const said: string[] = [];
  const waits = Promise.withResolvers<undefined>();
  const task = {
    begin: (what: string) => {
      said.push(what);
      waits.resolve(undefined);
    },
    note: () => undefined,
  };
  const made: string[] = [];
  const making = (name: string) => alone(name, task, () => Promise.resolve(void made.push(name)), home);

  const other = Promise.withResolvers<undefined>();
  const first = alone("neo4j", task, () => other.promise, home);
  await making("node");
  const second = making("neo4j");
  await waits.promise;
  expect(said).toEqual(["another run makes it, waiting for that"]);
  expect(made).toEqual(["node"]);
  other.resolve(undefined);
  await Promise.all([first, second]);
  expect(made).toEqual(["node", "neo4j"]);
  await rm(home, { recursive: true });
});

test("each stock image but Grafana's can be made where no registry answers", () => {
  expect(stockImages.map(({ name }) => name).filter((name) => !canBeMade(name))).toEqual(["grafana"]);
});
