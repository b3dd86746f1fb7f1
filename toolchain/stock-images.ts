import { stockImages as references } from "../lib/images/stock-images.ts";

/** An image that everything runs on. */
export interface StockImage {
  readonly name: string;
  /** Where the public registry has it; by digest, so that everyone runs the same. */
  readonly pull: string;
}

/** All that `make up` can provide. */
export const stockImages: readonly StockImage[] = Object.entries(references).map(([name, pull]) => ({ name, pull }));

/** The name that a stack gives an image that `make up` provides. */
export function tag(name: string): string {
  return `slipway/${name}:local`;
}
