import { pinnedImage, stockImages } from "../../lib/images/stock-images.ts";

/** What differs between services whose ci.yml is otherwise the same. */
export interface CiSettings {
  /** Versions of Python that the unit tests run on. Each has a lock, `requirements-dev-<version>.txt`. */
  readonly pythons: readonly string[];
  /** The version that the image has; everything but the unit tests runs on it. */
  readonly python: string;
  /** Folder of the service's own code. */
  readonly source: string;
  /** Folder of its tests, with `unit` and `integration` in it. */
  readonly tests: string;
  /** Containers by digest. */
  readonly images: { readonly postgres: string; readonly redis: string; readonly trivy: string };
  readonly registry: string;
  /** The image's name below the repository's own: `api` for `ghcr.io/yourorg/ape-2026/api`. */
  readonly image: string;
  /** Whether reports go to GitHub's code scanning: public repositories, or those with a licence for it. */
  readonly codeScanning: boolean;
  /** Whether coverage goes to Codecov. It blocks nothing. */
  readonly codecov: boolean;
  /** Environment with SAFETY_API_KEY, whose branches are main and develop; without one Safety does not run, as it wants an account. */
  readonly safety?: string;
  /** Bytes that one file may have. */
  readonly maxFileBytes: number;
  /** Changed lines that a pull request should stay below. */
  readonly maxLines: number;
  /** What a larger pull request is. */
  readonly largePullRequest: "warning" | "error";
}

/** The sample service's. */
export const defaultCiSettings: CiSettings = {
  pythons: ["3.10", "3.11", "3.12"],
  python: "3.11",
  source: "src",
  tests: "tests",
  images: {
    postgres: stockImages.postgres,
    redis: stockImages.redis,
    trivy: pinnedImage("trivy"),
  },
  registry: "ghcr.io",
  image: "api",
  codeScanning: true,
  codecov: true,
  maxFileBytes: 1024 * 1024,
  maxLines: 300,
  largePullRequest: "warning",
};
