// Loaded into a real controller by TestHost: notes each journal just before it is put in place, and each reading of the proxy.
import { appendFileSync, readFileSync } from "node:fs";
import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { basename, join } from "node:path";
import type { Ledger } from "../../../router/ledger.ts";
import type { TraceEntry } from "./replay.ts";

const { SLIPWAY_TRACE: file = "", SLIPWAY_STATE_FOLDER: folder = "" } = process.env;
const note = (entry: TraceEntry) => {
  appendFileSync(file, `${JSON.stringify(entry)}\n`);
};
const noteLedger = (path: string) => {
  note({ ledger: JSON.parse(readFileSync(path, "utf8")) as Ledger });
};

try {
  // A kill may have come between the note and the deed.
  noteLedger(join(folder, "journal.json"));
} catch {
  // There is none yet, or a test has damaged it.
}

const { rename } = promises;
promises.rename = async (from, to) => {
  if (basename(String(to)) === "journal.json") noteLedger(String(from));
  await rename(from, to);
};
syncBuiltinESMExports();

const { Proxy } = await import("../../../router/runtime-api.ts");
const { weightsOf } = await import("../../../router/telling/report.ts");
// oxlint-disable-next-line typescript/unbound-method -- called with its own receiver below
const { state } = Proxy.prototype;
Proxy.prototype.state = async function (this: InstanceType<typeof Proxy>, ...place) {
  const now = await state.call(this, ...place);
  note({ weights: weightsOf(now) });
  return now;
};
