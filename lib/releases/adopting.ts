/** Variables by which `slipway adopt` tells the program that what is on the hosts goes into the state, and nothing moves. */
export const adopting = { SLIPWAY_ADOPT: "true" } as const;

export const isAdopting = (): boolean => process.env.SLIPWAY_ADOPT === adopting.SLIPWAY_ADOPT;
