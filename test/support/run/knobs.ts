/**
 * How much of a long matrix a run goes through: little in `make test`, all of it in `make soak`.
 *
 * @throws if the variable is not a whole number
 */
function knob(name: string, usual: number): number {
  const text = process.env[name];
  if (text === undefined) return usual;
  if (!/^\d+$/.test(text)) throw new Error(`${name}: must be a whole number, got ${text}. Fix: unset ${name}`);
  return Number(text);
}

/** Crashes in a row that the model goes through at least; each scenario has a depth of its own. */
export const crashes = () => knob("SLIPWAY_CRASHES", 0);
/** Things that the campaign against a real stack kills. */
export const kills = () => knob("SLIPWAY_KILLS", 8);
/** Switches of traffic under 1,000 requests per second, 10,000 requests for each. */
export const switches = () => knob("SLIPWAY_SWITCHES", 10);
/** Previews with hostile names and sentences. */
export const previews = () => knob("SLIPWAY_PREVIEWS", 500);
/** Histories of rollouts of which the delivery metrics are computed in two ways. */
export const histories = () => knob("SLIPWAY_HISTORIES", 50);
/** Configurations of the rendered workflows that the judges look at. */
export const configurations = () => knob("SLIPWAY_CONFIGURATIONS", 20);
/** Whether each service of docs/five-services.md does all that services do. */
export const allServices = () => knob("SLIPWAY_SERVICES", 0) > 0;
/** Whether copies of backups are broken in every way that we know. */
export const allBrokenCopies = () => knob("SLIPWAY_COPIES", 0) > 0;
/** Whether upgrades are tried from each version, and not from the one before alone. */
export const allUpgrades = () => knob("SLIPWAY_UPGRADES", 0) > 0;
/** Whether stores of secrets that take minutes to build are tried as well. */
export const builtStores = () => knob("SLIPWAY_STORES", 0) > 0;
/** Whether rules are tried by the promtool of the Prometheus that stacks get as well, which takes minutes to build. */
export const builtPromtool = () => knob("SLIPWAY_PROMTOOL", 0) > 0;
/** Longest time that a run may take, in minutes. */
export const runMinutes = () => knob("SLIPWAY_TEST_MINUTES", 80);
