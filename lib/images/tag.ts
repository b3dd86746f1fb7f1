/** A version as an image's tag: a tag can't hold `+`. */
export const tagOf = (version: string): string => version.replaceAll("+", "_");
