import { defaultCiSettings } from "../ci/settings.ts";

/** What differs between services whose cd.yml is otherwise the same. */
export interface CdSettings {
  readonly registry: string;
  /** The image's name below the repository's own: `api` for `ghcr.io/yourorg/ape-2026/api`. */
  readonly image: string;
  /** Folder of the Slipway program in the service's repository. */
  readonly stackFolder: string;
  /** Trivy by digest, which writes the list of what is in the image. */
  readonly trivy: string;
  /** Release of cosign. */
  readonly cosign: string;
  /**
   * Whether deploy jobs prove to AWS who they are, by a token that GitHub signs for each, so that no key of the state's store is kept. The
   * environments' variables `AWS_ROLE_ARN` and `AWS_REGION` say where to.
   */
  readonly aws: boolean;
  /** Whole minutes that a commit's gate is waited for. */
  readonly gateMinutes: number;
}

/** The sample service's. */
export const defaultCdSettings: CdSettings = {
  registry: defaultCiSettings.registry,
  image: defaultCiSettings.image,
  stackFolder: "deploy",
  trivy: defaultCiSettings.images.trivy,
  cosign: "v3.1.3",
  aws: false,
  gateMinutes: 40,
};
