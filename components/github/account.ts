import * as command from "@pulumi/command";
import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { Found } from "../../github/plan/account.ts";
import type { Mends } from "../../github/plan/mends.ts";
import type { PlannedGitHub, Token } from "../../github/plan/plan-github.ts";

/** Whose repository, and how GitHub is reached. */
export interface AccountArgs extends Pick<PlannedGitHub, "github" | "found" | "token" | "hasOlderPlugin" | "mends"> {
  /** Names of the environments that are there for a person's yes. */
  readonly approvals: readonly string[];
  /** Checks by branch that are not required yet. @default none */
  readonly unreported?: Readonly<Record<string, readonly string[]>> | undefined;
}

/**
 * The owner of the repository on GitHub. Everything there is made through {@link provider} or `ApiStep`.
 *
 * @example
 * new Account("github", { ...(await planGitHub(sections)), approvals: ["production-approval"] })
 */
export class Account extends pulumi.ComponentResource {
  readonly owner: string;
  readonly repository: string;
  readonly baseUrl: string | undefined;
  readonly token: Token;
  readonly found: Found | undefined;
  readonly hasOlderPlugin: boolean;
  /** What somebody changed by hand. */
  readonly mends: Mends;
  readonly provider: github.Provider;
  /** Key of this stack that makes sealed secrets come out the same in every run. Secret. */
  readonly sealingKey: pulumi.Output<string>;

  constructor(name: string, args: AccountArgs, opts?: pulumi.ComponentResourceOptions) {
    const { owner, repository, baseUrl, writeDelayMs, planLimits, approvedWeakenings } = args.github;
    const { approvals, unreported = {} } = args;
    // For the policy pack, which sees resources and no configuration.
    super("slipway:github:Account", name, { planLimits, approvedWeakenings, approvals, unreported }, opts);
    this.owner = owner;
    this.repository = repository;
    this.baseUrl = baseUrl;
    this.token = args.token;
    this.found = args.found;
    this.hasOlderPlugin = args.hasOlderPlugin;
    this.mends = args.mends;
    this.provider = new github.Provider(
      `${name}-provider`,
      {
        owner,
        writeDelayMs,
        ...(baseUrl === undefined ? {} : { baseUrl }),
        ...loginOf(args.token),
      },
      { parent: this },
    );
    this.sealingKey = new command.local.Command(
      `${name}-sealing-key`,
      { create: "od -An -N32 -tx1 /dev/urandom | tr -d ' \\n'", logging: "none", addPreviousOutputInEnv: false },
      // Made once: another key would write every secret again.
      { parent: this, additionalSecretOutputs: ["stdout"], ignoreChanges: ["*"] },
    ).stdout;
    this.registerOutputs({});
  }

  /** Of the repository in GitHub's API. */
  get path(): string {
    return `/repos/${this.owner}/${this.repository}`;
  }
}

/** What the provider logs in with. A token for an hour is none of it: another one in each run would be a change in each. */
function loginOf({ app, value }: Token): Pick<github.ProviderArgs, "appAuth" | "token"> {
  // Said even where the SDK knows the variable: it marks only what it is given as secret, and would put the variable's value into the state
  // as plain text.
  if (app === undefined) return { token: value };
  return { appAuth: { id: String(app.id), installationId: String(app.installation), pemFile: pulumi.secret(app.key) } };
}
