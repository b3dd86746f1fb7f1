import { join as joinWords } from "shlex";
import { z } from "zod";
import { askHost } from "../hosts/ask-host.ts";
import type { HostConnection } from "../hosts/host-connection.ts";
import { slots } from "../hosts/naming.ts";
import { pullable } from "../images/tag.ts";
import type { Problem } from "../problem.ts";
import type { Ledger } from "./ledger.ts";
import type { Release } from "./release.ts";
import type { Plan } from "./slot-plan.ts";

/** Whether a version still names what it named when it was live: who goes back to a number must get what had it. */

/** The wanted version, where it was live before what is live now; undefined where going there is going forward. */
export function wasLive({ action, target, slots: planned }: Plan, { live, slots: held, served }: Ledger) {
  const { version } = planned[target].release;
  const running = live === null ? undefined : held[live].release?.version;
  if (action !== "release" || version === running) return undefined;
  // Journals from before `served` know no more than their slots do.
  const isWarm = held[target].state === "holds" && held[target].release?.version === version;
  return isWarm || served.includes(version) ? version : undefined;
}

/** What is known of a version's images. */
export interface KnownImages {
  readonly images: readonly string[];
  readonly same: readonly string[];
  readonly isBuilt: boolean;
  readonly path: string;
}

/**
 * Why the wanted release may not go out under its number: it was live here with another image. Pure.
 *
 * What is live now may be made anew under its own number (see {@link remade}): whoever does that does not mean to go back.
 *
 * @param images that were live under the number, as far as anybody remembers
 * @param same further names of the wanted image
 * @param isBuilt the image is made here, so that nothing but memory says what the number was
 * @param path where the host stands in the settings
 */
export function usedNumberProblem(
  plan: Plan,
  ledger: Ledger,
  { images, same, isBuilt, path }: KnownImages,
): Problem | undefined {
  const version = wasLive(plan, ledger);
  const { image } = plan.slots[plan.target].release;
  const wanted = [image, ...same].map(contentOf);
  if (version === undefined || images.some((one) => wanted.includes(contentOf(one)))) return undefined;
  if (images.length === 0 && !isBuilt) return undefined;
  const standby = ledger.slots[plan.target];
  const isWarm = standby.state === "holds" && standby.release?.version === version;
  const was = images.length > 0 ? images.join(", ") : "what nobody remembers";
  const another = "pulumi config set slipway:version <another version>";
  const found = isBuilt ? "what slipway:image.build holds now" : "the new image";
  return {
    path: "slipway:version",
    problem: `${version} was live on ${path} with another image: this would not go back to it, but forward under its number`,
    got: image,
    allowed: `${was}, or a version that was never live`,
    fix: isWarm
      ? `\`slipway rollback\` goes back to it; to release ${found}: ${another}`
      : `${isBuilt ? "check out the source of that version" : "push the image of that version again"}; to release ${found}: ${another}`,
  };
}

/** What to say of a release that has the number of what is live and is not the same image; undefined if there is nothing to say. */
export function remade({ action, target, slots: planned }: Plan, { live, slots: held }: Ledger): string | undefined {
  const wanted = planned[target].release;
  const running = live === null ? null : held[live].release;
  if (action !== "release" || running?.version !== wanted.version || running.image === wanted.image) return undefined;
  return `Version ${wanted.version} is live already with another image, ${running.image}: a version of its own would tell the two apart.`;
}

/** Images that were live under a version: what a slot holds, and what the records of rollouts say. */
export async function imagesOf(
  version: string,
  { slots: held }: Ledger,
  connection: HostConnection,
  controller: string,
): Promise<string[]> {
  const text = joinWords(["docker", "exec", controller, "slipway-router", "rollouts", "--json"]);
  const { code, stdout } = await askHost(connection, { text, timeoutSeconds: 15 });
  const promoted = (code === 0 ? records.parse(JSON.parse(stdout)) : []).filter(
    ({ verdict }) => verdict === "promoted",
  );
  const kept = slots.map((slot) => held[slot]).filter(({ state }) => state === "holds");
  const releases = [...kept.map(({ release }) => release), ...promoted.map(({ to }) => to)];
  const images = releases.flatMap((release) => (release?.version === version ? [release.image] : []));
  return [...new Set(images)];
}

const records = z.array(
  z.object({
    to: z.object({ version: z.string(), image: z.string() }) satisfies z.ZodType<Pick<Release, "version" | "image">>,
    verdict: z.string().nullable(),
  }),
);

/** A digest says it all, wherever it is pulled from; the tag of a built image ends in the hash of what it is made from. */
const contentOf = (image: string): string => pullable(image).split("@").at(-1) ?? image;
