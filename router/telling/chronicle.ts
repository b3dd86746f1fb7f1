import type { Hand, Ledger } from "../ledger.ts";
import { backupBook, type Backups, type Outcome as Saving } from "./backups.ts";
import { Book } from "./book.ts";
import { Digest } from "./digest.ts";
import type { NoticesConfig } from "./notice-config.ts";
import type { Outcome } from "./notice-http.ts";
import type { PhaseLimits } from "./notice-events.ts";
import { Notices } from "./notices.ts";
import { RecordKeeper, type RecordKeeperOptions } from "./record-keeper.ts";
import { listRecords } from "./record-store.ts";
import { runBook, type KnownRuns, type RunReport } from "./role-runs.ts";
import { sendTestNotices } from "./test-notices.ts";

export interface ChronicleOptions extends Omit<RecordKeeperOptions, "service" | "onChange"> {
  readonly config: PhaseLimits & { readonly service: string };
  /** null: nobody is told. */
  readonly notices: NoticesConfig | null;
  /** Folder of the notices' secret files. */
  readonly secretsFolder: string;
}

/** What is known and told of rollouts. */
export interface Chronicle {
  readonly keeper: RecordKeeper;
  readonly digest: Digest;
  readonly backups: Book<Backups, Saving>;
  readonly runs: Book<KnownRuns, readonly RunReport[]>;
  /** Notices on their way, null if nobody is told. */
  readonly waiting: () => number | null;
  /** What each receiver answers to a test, by channel. Never throws. */
  readonly testNotices: (hand: Hand) => Promise<Readonly<Record<string, Outcome>>>;
}

/**
 * Record, digest and notices of the rollouts. Whoever changes the ledger tells it, and is never held up or disturbed by it. Never throws.
 */
export async function openChronicle(options: ChronicleOptions, ledger: Ledger): Promise<Chronicle> {
  const { config, notices: settings, stateFolder, log } = options;
  let notices: Notices | null = null;
  const digest = await Digest.open(stateFolder, await listRecords(stateFolder).catch(() => []), log);
  const backups = await Book.open(backupBook, stateFolder, log);
  const runs = await Book.open(runBook, stateFolder, log);
  const keeper = await RecordKeeper.open(
    {
      ...options,
      service: config.service,
      onChange: (record) => {
        digest.saw(record);
        notices?.saw(record);
      },
    },
    ledger,
  );
  if (settings) notices = await Notices.open({ ...options, notices: settings }, keeper.record);
  const testNotices = (hand: Hand) => sendTestNotices({ ...options, service: config.service }, hand);
  return { keeper, digest, backups, runs, waiting: () => notices?.waiting ?? null, testNotices };
}
