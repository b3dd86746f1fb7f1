import type { MayApprove } from "../../github/plan/approvals.ts";
import { longestDays } from "../../github/plan/approvals.ts";
import { broken, proven, type Finding, type Item } from "../model.ts";
import type { SignOff, signedItems } from "../schema.ts";

export interface SignOffArgs {
  readonly stack: string;
  readonly name: (typeof signedItems)[number];
  readonly signOffs: readonly SignOff[];
  /** Who may sign: those who may approve a weakening. @throws where GitHub can't be asked */
  readonly askSigners: (logins: readonly string[]) => Promise<MayApprove>;
  readonly today: Date;
}

/** What people answer for: training and documentation. */
export function signedItem({ stack, name, signOffs, askSigners, today }: SignOffArgs): Item {
  const setting = "slipway:checklist.signOffs";
  const own = signOffs.map((signOff, index) => ({ signOff, index })).filter(({ signOff }) => signOff.item === name);
  return { name, setting, probes: [{ name: "signed", look }] };

  async function look(): Promise<Finding[]> {
    const example = `{item: ${name}, by: <login>, reason: <what was done>, until: "${dayAfter(today, longestDays)}"}`;
    if (own.length === 0)
      return [broken("nobody has signed", `add ${example} to ${setting} in Pulumi.${stack}.yaml, and commit it`)];
    const flaws = own.map(({ signOff, index }) => ({ index, flaw: flawOf(signOff, today) }));
    const fits = own.filter((_, at) => flaws[at]?.flaw === undefined).map(({ signOff }) => signOff);
    if (fits.length === 0)
      return flaws.map(({ index, flaw = "" }) =>
        broken(`${setting}[${index}]: ${flaw}`, `put ${example} in its place`),
      );
    const may = await askSigners(fits.map(({ by }) => by));
    const signed = fits.find(({ by }) => may(by));
    if (signed) return [proven(`${signed.by} signed until ${signed.until}: ${signed.reason}`)];
    return fits.map(({ by }) =>
      broken(`${by} neither owns code of the repository nor administers it`, `have an owner sign: ${example}`),
    );
  }
}

const dayAfter = (today: Date, days: number) =>
  new Date(today.getTime() + days * 86_400_000).toISOString().slice(0, 10);

function flawOf({ by, until }: SignOff, today: Date): string | undefined {
  if (until < dayAfter(today, 0)) return `what ${by} signed ended on ${until}`;
  const latest = dayAfter(today, longestDays);
  return until > latest ? `may reach to ${latest} at most, ${longestDays} days ahead, and not ${until}` : undefined;
}
