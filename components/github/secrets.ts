import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import { connect } from "../../github/octokit.ts";
import { askPublicKey } from "../../github/public-key.ts";
import { isGone, type About } from "../../github/plan/mends.ts";
import { found } from "../../github/read/reader.ts";
import { placeOf, rotationNotice } from "../../github/kinds/secret.ts";
import { seal } from "../../github/seal.ts";
import { type SecretStore } from "../../workflows/secret-uses.ts";
import type { Account } from "./account.ts";

/** Secrets of one store. */
export interface SecretsArgs {
  readonly account: Account;
  /** Name of the repository, known when the store is there. */
  readonly repository: pulumi.Output<string>;
  readonly store: SecretStore;
  /** Plain values by name. */
  readonly values: Readonly<Record<string, string>>;
  /** Age at which a secret should be changed, in days. */
  readonly rotateAfterDays: number;
}

/**
 * Secrets of workflows, each sealed with the store's own key before it goes anywhere: neither state nor preview nor provider ever has a
 * plain value (invariant I6).
 */
export class Secrets extends pulumi.ComponentResource {
  /** When each value was last written, by name. */
  readonly updatedAt: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: SecretsArgs, opts: pulumi.ComponentResourceOptions) {
    super("slipway:github:Secrets", name, {}, opts);
    const { account, repository, values, rotateAfterDays } = args;
    // A store without values needs no key, which not every token may ask for.
    const key = Object.keys(values).length > 0 ? storeKey(args) : pulumi.output(undefined);
    const of = placeOf(args.store);
    const about = (secretName: string): About => ({ kind: "secret", name: secretName, of });
    const child = {
      parent: this,
      provider: account.provider,
      dependsOn: opts.dependsOn ?? [],
      // Created first, the old one's deletion takes the new one away (pulumi-github#223).
      deleteBeforeReplace: true,
    };
    this.updatedAt = Object.fromEntries(
      Object.entries(values).map(([secretName, value]) => {
        const sealed = pulumi
          .all([key, account.sealingKey])
          .apply(async ([storeKey, stackKey]) =>
            storeKey === undefined ? "" : seal(secretName, value, storeKey, stackKey),
          );
        const inputs = {
          repository,
          secretName,
          valueEncrypted: sealed,
          keyId: key.apply((storeKey) => storeKey?.id ?? ""),
        };
        const secret = make(`${name}-${secretName}`, inputs, args.store, {
          ...child,
          // A preview that can't ask for the key can't know what the box would be; and what is gone can't be replaced, only made anew by
          // an engine that has looked.
          ignoreChanges: account.found === undefined || isGone(account.mends, about(secretName)) ? box : [],
        });
        remind(secret, secretName, rotateAfterDays);
        return [secretName, secret.updatedAt];
      }),
    );
    this.registerOutputs({ updatedAt: this.updatedAt });
  }
}

const box = ["valueEncrypted", "encryptedValue", "keyId"];

/** Undefined where nobody can be asked, and in the preview of an update that is to make the store. */
function storeKey({ account, repository, store }: SecretsArgs) {
  return repository.apply(async () => {
    if (account.found === undefined) return undefined;
    const { owner, repository: name, baseUrl, token } = account;
    const ask = () => askPublicKey(connect(token.value, { baseUrl }), owner, name, store);
    return pulumi.runtime.isDryRun() ? found(`the public key of ${store}`, ask) : ask();
  });
}

type Inputs = Pick<github.ActionsSecretArgs, "repository" | "secretName" | "valueEncrypted" | "keyId">;

function make(name: string, inputs: Inputs, store: SecretStore, opts: pulumi.CustomResourceOptions) {
  if (store === "repository") return new github.ActionsSecret(name, inputs, opts);
  if (store === "dependabot") return new github.DependabotSecret(name, inputs, opts);
  const environment = placeOf(store);
  return new github.ActionsEnvironmentSecret(name, { ...inputs, environment }, opts);
}

function remind(secret: ReturnType<typeof make>, name: string, rotateAfterDays: number): void {
  secret.updatedAt.apply(async (updatedAt) => {
    const notice = rotationNotice(name, updatedAt, rotateAfterDays, new Date());
    if (notice !== undefined) await pulumi.log.warn(notice, secret);
  });
}
