import * as command from "@pulumi/command";
import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { RequiredCheck } from "../../workflows/ci.ts";
import type { PermanentBranch } from "../../github/kinds/defaults.ts";
import type { Found } from "../../github/plan/account.ts";
import type { Mends } from "../../github/plan/mends.ts";
import type { Token } from "../../github/plan/plan-github.ts";
import type { AccountSettings, GitHubSettings } from "../../github/schema.ts";

/** One repository of an owner on GitHub, and how it is reached. Everything in it is made through {@link provider} or `ApiStep`. */
export interface Account {
  readonly owner: string;
  readonly repository: string;
  /** Of the repository in GitHub's API. */
  readonly path: string;
  readonly baseUrl: string | undefined;
  readonly token: Token;
  readonly found: Found | undefined;
  readonly hasOlderPlugin: boolean;
  /** What somebody changed by hand. */
  readonly mends: Mends;
  readonly provider: github.Provider;
  /** Key of this stack that makes sealed secrets come out the same in every run. Secret. */
  readonly sealingKey: pulumi.Output<string>;
}

/** What policies have to know of a repository. */
export interface PolicyFacts {
  /** Names of the environments that are there for a person's yes. */
  readonly approvals: readonly string[];
  /** Checks that the repository requires. @default this stack declares none */
  readonly checks?: readonly RequiredCheck[];
  /** Branches that stay. @default main and develop */
  readonly branches?: readonly PermanentBranch[];
  /** Checks by branch that are not required yet. @default none */
  readonly unreported?: Readonly<Record<string, readonly string[]>>;
  /** Older checks by branch that stand in for those. @default none */
  readonly kept?: Readonly<Record<string, readonly RequiredCheck[]>>;
}

/** Whose repositories, and how GitHub is reached. */
export interface LoginArgs extends PolicyFacts {
  readonly github: AccountSettings;
  readonly token: Token;
  /** The plugin is older than the npm package. */
  readonly hasOlderPlugin: boolean;
  /** The same of each listed repository by name. @default none is listed */
  readonly listed?: Readonly<Record<string, PolicyFacts>>;
}

/**
 * How a stack writes to GitHub: one provider with its pause between writes, and one key for secrets, however many repositories there are.
 *
 * @example
 * const login = new Login("github", { github, token, hasOlderPlugin: false, approvals: ["production-approval"] });
 * new Repository("repository", { account: login.to(planned), … })
 */
export class Login extends pulumi.ComponentResource {
  readonly #args: LoginArgs;
  readonly #provider: github.Provider;
  readonly #sealingKey: pulumi.Output<string>;

  constructor(name: string, args: LoginArgs, opts?: pulumi.ComponentResourceOptions) {
    const { owner, baseUrl, writeDelayMs, planLimits, approvedWeakenings } = args.github;
    const { approvals, checks, branches, unreported = {}, kept, listed = {} } = args;
    const more = {
      ...(checks ? { checks, kept } : {}),
      ...(branches ? { branches } : {}),
      ...(Object.keys(listed).length > 0 ? { listed } : {}),
    };
    // For the policy pack, which sees resources and no configuration.
    super("slipway:github:Account", name, { planLimits, approvedWeakenings, approvals, unreported, ...more }, opts);
    this.#args = args;
    this.#provider = new github.Provider(
      `${name}-provider`,
      {
        owner,
        writeDelayMs,
        ...(baseUrl === undefined ? {} : { baseUrl }),
        ...loginOf(args.token),
      },
      { parent: this },
    );
    this.#sealingKey = new command.local.Command(
      `${name}-sealing-key`,
      { create: "od -An -N32 -tx1 /dev/urandom | tr -d ' \\n'", logging: "none", addPreviousOutputInEnv: false },
      // Made once: another key would write every secret again.
      { parent: this, additionalSecretOutputs: ["stdout"], ignoreChanges: ["*"] },
    ).stdout;
    this.registerOutputs({});
  }

  /** One of its repositories. */
  to({ github: { owner, repository, baseUrl }, found, mends }: Reached): Account {
    const { token, hasOlderPlugin } = this.#args;
    const [provider, sealingKey] = [this.#provider, this.#sealingKey];
    const path = `/repos/${owner}/${repository}`;
    return { owner, repository, path, baseUrl, token, found, hasOlderPlugin, mends, provider, sealingKey };
  }
}

/** A repository as it was found. */
export interface Reached extends Pick<Account, "found" | "mends"> {
  readonly github: GitHubSettings;
}

/** What the provider logs in with. A token for an hour is none of it: another one in each run would be a change in each. */
function loginOf({ app, value }: Token): Pick<github.ProviderArgs, "appAuth" | "token"> {
  // Said even where the SDK knows the variable: it marks only what it is given as secret, and would put the variable's value into the state
  // as plain text.
  if (app === undefined) return { token: value };
  return { appAuth: { id: String(app.id), installationId: String(app.installation), pemFile: pulumi.secret(app.key) } };
}
