// Kills a real stack's parts at random instants and checks that it mends itself.
//   node test/faults/run.ts --kills 200 --seed 1 [--targets controller,host,…] [--no-live-restore]
// Needs root, Docker on this machine and what `make env` sets. Exit codes: 0 all well, 1 something was not, 2 wrong usage.
import { parseArgs } from "node:util";
import { keepRawData } from "../../bench/raw-data.ts";
import { campaign } from "./campaign.ts";
import { summary } from "./summary.ts";
import { targets, type Target } from "./targets.ts";

const say = (line: string) => process.stdout.write(`${line}\n`);

function usage(problem: string): never {
  say(
    `${problem}. usage: node test/faults/run.ts --kills <1 to 10000> --seed <number> [--targets ${targets.join(",")}] [--no-live-restore]`,
  );
  process.exit(2);
}

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    targets: { type: "string", default: targets.join() },
    "live-restore": { type: "boolean", default: true },
  },
  allowNegative: true,
});
const kills = Number(values.kills);
const seed = Number(values.seed);
const chosen = values.targets.split(",");
const isTarget = (name: string): name is Target => (targets as readonly string[]).includes(name);
if (!Number.isInteger(kills) || kills < 1 || kills > 10_000) usage(`--kills: got ${values.kills}`);
if (!Number.isInteger(seed)) usage(`--seed: got ${values.seed}`);
if (!chosen.every(isTarget)) usage(`--targets: got ${values.targets}`);

const liveRestore = values["live-restore"];
const result = await campaign({ kills, seed, targets: chosen, liveRestore, say });
for (const line of summary(result)) say(line);
keepRawData("faults", result);
const isGood = result.problems.length === 0 && result.unexcused.length === 0;
if (!isGood) {
  const same = `--kills ${kills} --seed ${seed} --targets ${chosen.join()} --${liveRestore ? "" : "no-"}live-restore`;
  say(`again with the same choices: node test/faults/run.ts ${same}`);
}
process.exitCode = isGood ? 0 : 1;
