import * as pulumi from "@pulumi/pulumi";
import type { WantedSigner } from "./image-signature.ts";
import type { Ledger } from "../releases/ledger.ts";
import { formatProblem, type Problem } from "../problem.ts";
import { RegistryRefused, type RegistryLogin } from "./registry-client.ts";
import { NotSigned, resolveImage } from "./resolve-image.ts";
import type { ReleasesSettings } from "../releases/schema.ts";
import type { ImagesSettings } from "./schema.ts";
import { NoTrustedRoot } from "./signer.ts";
import { tagOf } from "./tag.ts";

/**
 * The release's image in its registry, by digest.
 *
 * @param ledgers of all hosts: what one of them holds keeps its digest
 * @throws pulumi.RunError when it can't be had, or is not signed as it must be
 */
export async function pulledImage(
  { image, version, signature }: Pick<ImagesSettings, "image" | "signature"> & Pick<ReleasesSettings, "version">,
  login: RegistryLogin | undefined,
  ledgers: readonly Ledger[],
): Promise<string> {
  const name = image.name ?? "";
  const tag = image.tag ?? tagOf(version);
  try {
    return await resolveImage({ name, tag: image.tag, version }, ledgers, {
      login,
      signer: signature,
      say: (line) => void pulumi.log.info(`slipway:image.name: ${line}`),
    });
  } catch (error) {
    const problem = inWords(error, { name, tag, login, signature });
    throw problem ? new pulumi.RunError(formatProblem(problem)) : error;
  }
}

interface Wanted {
  readonly name: string;
  readonly tag: string;
  readonly login: RegistryLogin | undefined;
  readonly signature: WantedSigner | undefined;
}

function inWords(error: unknown, { name, tag, login, signature }: Wanted): Problem | undefined {
  if (error instanceof NotSigned && signature) return notSigned(`${name}:${tag}`, error.message, signature);
  if (error instanceof NoTrustedRoot) {
    return {
      path: "slipway:signature.trustedRoot",
      problem: "can't be had, so no identity can be checked",
      got: error.message,
      allowed: "a trusted_root.json, or sigstore.dev within reach",
      fix: "pulumi config set --path slipway:signature.trustedRoot <file that `cosign trusted-root create` or your own sigstore gives>",
    };
  }
  if (!(error instanceof RegistryRefused)) return undefined;
  if (error.unauthorized) {
    return {
      path: login ? "slipway:registryPassword" : "slipway:registry",
      problem: "does not open the registry",
      got: `${error.message} from ${name}`,
      allowed: "a login that may pull the image",
      fix: "pulumi config set --secret slipway:registryPassword <token>, and look at slipway:registry.username",
    };
  }
  return {
    path: "slipway:image.name",
    problem: "can't be had",
    got: `${name}:${tag} (${error.message})`,
    allowed: "a version that the registry serves",
    fix: "push it, or pulumi config set slipway:version <version>",
  };
}

function notSigned(image: string, found: string, signer: WantedSigner): Problem {
  const got = `${image} with ${found}`;
  if ("identity" in signer) {
    const { identity, issuer } = signer;
    return {
      path: "slipway:signature.identity",
      problem: "has not signed the image",
      got,
      allowed: `an image signed by ${identity}, vouched for by ${issuer}`,
      fix: `cosign sign ${image} in the workflow of that name, which leaves a sigstore bundle`,
    };
  }
  return {
    path: "slipway:signature.publicKey",
    problem: "has not signed the image",
    got,
    allowed: "an image signed with its private key",
    fix: `cosign sign --key <private key> ${image}`,
  };
}
