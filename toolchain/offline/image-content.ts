// How an image that we made is recognised: by the hash of everything that it was made from, kept as a label.
import { ask } from "../command.ts";

export const CONTENT_LABEL = "slipway.content";

export function contentOf(image: string): Promise<string | undefined> {
  return ask("docker", ["image", "inspect", "--format", `{{index .Config.Labels "${CONTENT_LABEL}"}}`, image]);
}

/** Whether the image is the one that the pinned reference (`name:tag@digest`) stands for; a mere tag pins nothing. */
export async function isPinned(image: string, reference: string): Promise<boolean> {
  const at = reference.indexOf("@");
  if (at === -1) return false;
  const digests = await ask("docker", ["image", "inspect", "--format", '{{join .RepoDigests " "}}', image]);
  return digests?.includes(reference.slice(at)) ?? false;
}
