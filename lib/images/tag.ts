/** A version as an image's tag: a tag can't hold `+`. */
export const tagOf = (version: string): string => version.replaceAll("+", "_");

/** What to pull for a release's image: the digest says it all, the tag before it only says where the digest is from. */
export const pullable = (image: string): string => image.replace(/:[\w.-]+@/, "@");
