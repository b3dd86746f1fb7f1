import { fork } from "node:child_process";
import { once } from "node:events";
import { SteadyLoad, type Sample, type SteadyLoadArgs } from "./steady.ts";

type LoadProcessArgs = Omit<SteadyLoadArgs, "onEnd">;

/**
 * A `SteadyLoad` in a process of its own: what it measures must not slow it down, nor the other way round.
 *
 * @returns what ends it, and gives all that it saw
 */
export function startLoadProcess(args: LoadProcessArgs): () => Promise<Sample[]> {
  const child = fork(import.meta.filename, [JSON.stringify(args)]);
  return async () => {
    const told = once(child, "message");
    child.send("stop");
    const [samples] = (await told) as [Sample[]];
    return samples;
  };
}

const [args] = process.argv.slice(2);
if (process.argv[1] === import.meta.filename && args !== undefined) {
  const samples: Sample[] = [];
  const load = new SteadyLoad({
    ...(JSON.parse(args) as LoadProcessArgs),
    onEnd: (sample) => {
      samples.push(sample);
    },
  });
  // Its parent is gone: nobody asks any more.
  process.once("disconnect", () => process.exit());
  process.once("message", () => {
    void load.stop().then(() => {
      process.send?.(samples, () => {
        process.disconnect();
      });
    });
  });
}
