import { ask } from "../command.ts";

/** Label of the images that we make: the hash of everything that they were made from. */
export const contentLabel = "slipway.content";

/** @returns the label's value; empty for an image that came from elsewhere, undefined where there is none */
export function contentOf(image: string): Promise<string | undefined> {
  return ask("docker", ["image", "inspect", "--format", `{{index .Config.Labels "${contentLabel}"}}`, image]);
}
