import { isContainer, type Rule } from "../rule.ts";
import { at, isSlipways, jsonAt, listAt, textAt, type Seen } from "../seen.ts";

const digest = /@sha256:[0-9a-f]{64}$/;
/** What `make setup` builds here from Debian's packages; no registry has it. */
const builtHere = /^slipway\/[a-z0-9-]+:local$/;

/** A tag can be moved: what was tried is not what runs tomorrow. */
export const imagesByDigest: Rule = {
  name: "slipway-images-by-digest",
  description: "Images are named by their digest, unless they are built here",
  fix: "name the image with its digest: `docker buildx imagetools inspect <image>` shows it, <image>@sha256:… pins it",
  problems: (seen) =>
    imagesOf(seen)
      .filter(isByTag)
      .map((image) => `image ${image} is named by a tag, which can be moved`),
};

/** What Docker calls an image that it has, `sha256:…`, is a digest too. */
const isByTag = (image: string) => !digest.test(image) && !image.startsWith("sha256:") && !builtHere.test(image);

function imagesOf(seen: Seen): string[] {
  const { type, props } = seen;
  if (type === "docker:index/remoteImage:RemoteImage") return props.build === undefined ? named(props.name) : [];
  // A container of Slipway's own is given what its image resource has looked up.
  if (isContainer(seen)) return isSlipways(seen) ? [] : named(props.image);
  if (type === "docker:index/service:Service") return named(at(props, "taskSpec", "containerSpec", "image"));
  if (type === "aws:ecs/taskDefinition:TaskDefinition") {
    return listAt({ all: jsonAt(props, "containerDefinitions") }, "all").flatMap((each) => named(at(each, "image")));
  }
  return [];
}

const named = (image: unknown): string[] => {
  const name = textAt({ image }, "image");
  return name === undefined ? [] : [name];
};
