import {
  evidenceOf,
  longestLookSeconds,
  titles,
  unseen,
  worst,
  type Evidence,
  type Finding,
  type Item,
  type ItemName,
  type ItemResult,
  type Probe,
} from "./model.ts";
import { answers } from "./resume.ts";

export interface RunOptions {
  /** Items that are left out, and why. */
  readonly skipped?: ReadonlyMap<ItemName, string>;
  /** What an earlier run has proven: it is not looked at again where that look answers all that is asked now. @default nothing */
  readonly earlier?: ReadonlyMap<ItemName, ItemResult>;
  /** Mend what can be mended safely, and look again. @default false */
  readonly isMending?: boolean;
  /** Is told each item as it is done. */
  readonly onDone?: (result: ItemResult) => void;
}

/** Looks at all items side by side: one that hangs or fails holds up no other. Never throws. */
export async function runChecklist(
  items: readonly Item[],
  { skipped = new Map(), earlier = new Map(), isMending = false, onDone = () => undefined }: RunOptions = {},
): Promise<readonly ItemResult[]> {
  return Promise.all(
    items.map(async (item): Promise<ItemResult> => {
      const { name, setting, probes } = item;
      const reason = skipped.get(name);
      const known = earlier.get(name);
      if (reason === undefined && known !== undefined && answers(known, item)) {
        onDone(known);
        return known;
      }
      const evidence = reason === undefined ? await Promise.all(probes.map((probe) => lookAt(probe, isMending))) : [];
      const common = { name, title: titles[name], setting, evidence };
      const result: ItemResult =
        reason === undefined
          ? { ...common, outcome: worst(evidence.map(({ outcome }) => outcome)) }
          : { ...common, outcome: "skipped", reason };
      onDone(result);
      return result;
    }),
  );
}

async function lookAt(probe: Probe, isMending: boolean): Promise<Evidence> {
  const findings = await within(probe, () => (isMending ? lookAndMend(probe) : looked(probe)));
  return evidenceOf(probe.name, findings, new Date());
}

/** Never throws. */
async function looked({ look }: Probe): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [couldNot(error, "run the same again")];
  }
}

async function lookAndMend(probe: Probe): Promise<readonly Finding[]> {
  const first = await looked(probe);
  if (probe.mend === undefined || worst(first.map(({ outcome }) => outcome)) !== "broken") return first;
  try {
    await probe.mend();
  } catch (error) {
    return [...first, couldNot(error, "mend it by hand, as the line before says")];
  }
  return looked(probe);
}

async function within(
  { limitSeconds = longestLookSeconds }: Probe,
  work: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => {
      resolve([unseen(`no answer within ${limitSeconds} s`, "look why it is slow, then run the same again")]);
    }, limitSeconds * 1_000);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What was thrown, in the words of a problem where it has them. */
function couldNot(error: unknown, otherwise: string): Finding {
  const message = error instanceof Error ? error.message : String(error);
  const [detail = "", ...fixes] = message.split(/\.? Fix: /);
  return unseen(detail, fixes.length > 0 ? fixes.join("; ") : otherwise);
}
