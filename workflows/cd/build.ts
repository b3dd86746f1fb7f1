import { actionsApp, gateName } from "../check-names.ts";
import { checkout } from "../ci/steps.ts";
import { uses } from "../model/uses.ts";
import type { Job } from "../model/workflow.ts";
import { scriptsOf } from "../scripts.ts";
import type { CdSettings } from "./settings.ts";

export const script = scriptsOf("cd");

const token = { GITHUB_TOKEN: "${{ github.token }}" };
/** The image that was built, for jobs that need the build. */
export const built = {
  IMAGE: "${{ needs.build.outputs.image }}",
  DIGEST: "${{ needs.build.outputs.digest }}",
};

/** Nothing is built, released or deployed whose commit has no green gate. */
export function ready({ gateMinutes }: Pick<CdSettings, "gateMinutes">): Job {
  return {
    name: "Wait for the gate",
    minutes: gateMinutes + 5,
    steps: [
      script("ready", {
        name: "The commit is tested",
        token: { checks: ["read", "to see the gate of this commit"] },
        env: {
          ...token,
          GATE: gateName,
          ACTIONS_APP: String(actionsApp),
          MAX_WAIT_MINUTES: String(gateMinutes),
        },
      }),
    ],
  };
}

/** A dispatch from elsewhere would end green without having done anything. */
export const allowedFrom = script("from", {
  name: "It may go where it is to go",
  env: { WANTED: "${{ inputs.environment }}" },
});

export function build({ registry, image }: CdSettings): Job {
  return {
    name: "Build & Push",
    needs: ["ready"],
    // A tag is often pushed together with its commit: the second of the two finds what the first has pushed.
    lane: "build-${{ github.sha }}",
    minutes: 20,
    outputs: { image: "${{ steps.push.outputs.image }}", digest: "${{ steps.push.outputs.digest }}" },
    steps: [
      checkout("to build what is in it"),
      script("build", {
        name: "Build once, and name it",
        id: "push",
        token: { packages: ["write", "to push the image"] },
        env: { ...token, REGISTRY: registry, IMAGE: image },
      }),
    ],
  };
}

/** Trivy has been malware before (CVE-2026-33634): it sees the image, no token and no network. */
export function sbom({ trivy }: CdSettings): Job {
  return {
    name: "List what is in the image",
    needs: ["build"],
    minutes: 10,
    steps: [
      script("save", {
        name: "Get the image",
        token: { packages: ["read", "to pull the image"] },
        env: { ...token, ...built },
      }),
      script("sbom", { name: "List", env: { TRIVY_IMAGE: trivy } }),
      uses("actions/upload-artifact", {
        name: "Keep the list",
        with: { name: "sbom", path: "sbom.spdx.json", "if-no-files-found": "error", "retention-days": 90 },
      }),
    ],
  };
}

/** A job of its own, which runs nothing of the repository's: whoever can change the code cannot sign for it. */
export function attest({ cosign }: CdSettings): Job {
  const identity = ["write", "to prove to sigstore which workflow signs"] as const;
  const attestation = (name: string, rest: { readonly "sbom-path"?: string }) =>
    uses("actions/attest", {
      name,
      token: {
        "id-token": identity,
        attestations: ["write", "to keep what is attested"],
        packages: ["write", "to push signatures beside the image"],
      },
      with: {
        "subject-name": "${{ needs.build.outputs.image }}",
        "subject-digest": "${{ needs.build.outputs.digest }}",
        "push-to-registry": true,
        ...rest,
      },
    });
  return {
    name: "Sign & Attest",
    needs: ["build", "sbom"],
    minutes: 15,
    steps: [
      uses("actions/download-artifact", { name: "Get the list", with: { name: "sbom" } }),
      // It logs in, which the attestations need as well (actions/attest-build-provenance#80).
      script("sign", {
        name: "Sign",
        token: { "id-token": identity },
        env: { ...token, ...built, COSIGN_VERSION: cosign },
      }),
      attestation("Attest where it was built", {}),
      attestation("Attest what is in it", { "sbom-path": "sbom.spdx.json" }),
    ],
  };
}
