import { quote } from "shlex";
import type { CheckedHost } from "../../../checklist/host.ts";
import type { HostScript } from "../../../lib/hosts/host-connection.ts";

/** What a host says to one script. */
export interface Said {
  /** @default 0 */
  readonly code?: number;
  /** @default nothing */
  readonly stdout?: string;
  /** @default nothing */
  readonly stderr?: string;
}

/** A host that answers each script as told, without a network. */
export function fakeHost(
  answer: (text: string, script: HostScript) => Said,
  {
    kind = "ssh",
    name = "ssh://slipway@api.example:22",
  }: { readonly kind?: "ssh" | "local"; readonly name?: string } = {},
): CheckedHost {
  return {
    path: "slipway:host",
    controller: "shop-staging-controller",
    connection: {
      kind,
      isOwnEngine: false,
      name,
      deployer: "slipway",
      provider: { host: name },
      command: (script) => {
        const { code = 0, stdout = "", stderr = "" } = answer(script.text, script);
        const text = `printf %s ${quote(stdout)}; printf %s ${quote(stderr)} >&2; exit ${code}`;
        return { text, environment: {}, limitSeconds: 10 };
      },
    },
  };
}

/** A host that says the same to everything. */
export const saying = (said: Said): CheckedHost => fakeHost(() => said);
