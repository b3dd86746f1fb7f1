import type { Ledger } from "../ledger.ts";
import type { NoticesConfig } from "./notice-config.ts";
import type { PhaseLimits } from "./notice-events.ts";
import { Notices } from "./notices.ts";
import { RecordKeeper, type RecordKeeperOptions } from "./record-keeper.ts";

export interface ChronicleOptions extends Omit<RecordKeeperOptions, "service" | "onChange"> {
  readonly config: PhaseLimits & { readonly service: string };
  /** null: nobody is told. */
  readonly notices: NoticesConfig | null;
  /** Folder of the notices' secret files. */
  readonly secretsFolder: string;
}

/**
 * Record and notices of the rollouts. Whoever changes the ledger tells it, and is never held up or disturbed by it. Never throws.
 */
export async function openChronicle(options: ChronicleOptions, ledger: Ledger): Promise<RecordKeeper> {
  const { config, notices: settings } = options;
  let notices: Notices | null = null;
  const keeper = await RecordKeeper.open(
    { ...options, service: config.service, onChange: (record) => notices?.saw(record) },
    ledger,
  );
  if (settings) notices = await Notices.open({ ...options, notices: settings }, keeper.record);
  return keeper;
}
