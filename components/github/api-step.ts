import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ApiSetting } from "../../github/api-setting.ts";
import type { Token } from "../../github/plan/plan-github.ts";
import { markOf, type About } from "../../github/plan/mends.ts";
import type { Account } from "./account.ts";
import { ownModule } from "../../lib/folders.ts";

/** A setting that GitHub's API has and the provider does not, or one that is only read back. */
export interface ApiStepArgs {
  readonly account: Account;
  /** One, or several; known when what it depends on is there. */
  readonly setting: pulumi.Output<ApiSetting | readonly ApiSetting[]>;
  /** What it is about: where somebody changed that by hand, it is made so again. */
  readonly about: readonly About[];
  /** Plain values by variable, for settings that name one. @default none */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** Longest that a step may take, in seconds. */
const timeoutSeconds = 90;

/**
 * Makes settings so through GitHub's API, unless they are, and reads them back; again whenever the declaration or GitHub changes. Safe to repeat. It
 * goes with its repository or environment, so nothing is to do when it is no longer declared.
 */
export class ApiStep extends command.local.Command {
  constructor(name: string, { account, setting, about, secrets }: ApiStepArgs, opts: pulumi.CustomResourceOptions) {
    const mended = markOf(account.mends, ...about);
    const input = setting.apply((value) => ({ ...(isList(value) ? { all: value } : value), mended }));
    super(name, apiCommand("github/ensure", account, input, secrets), opts);
  }
}

/**
 * A command that speaks to GitHub's API.
 *
 * @param input what it reads as JSON, beside how GitHub is reached
 * @param secrets plain values by variable of its environment
 */
export function apiCommand(
  script: string,
  { baseUrl, token }: Account,
  input: pulumi.Output<object>,
  secrets: Readonly<Record<string, string>> = {},
): command.local.CommandArgs {
  const given = Object.entries(secrets).map(([variable, value]) => [variable, pulumi.secret(value)] as const);
  const environment = { ...loginOf(token), ...Object.fromEntries(given) };
  const app = token.app && { id: token.app.id, installation: token.app.installation };
  return {
    create: `node ${ownModule(script)}`,
    interpreter: ["timeout", "--kill-after=5", String(timeoutSeconds), "/bin/sh", "-euc"],
    stdin: input.apply((value) => JSON.stringify({ ...value, baseUrl, app })),
    addPreviousOutputInEnv: false,
    ...(Object.keys(environment).length > 0 ? { environment } : {}),
  };
}

const isList = (value: ApiSetting | readonly ApiSetting[]): value is readonly ApiSetting[] => Array.isArray(value);

/** How the step logs in. A token from the environment is inherited: it changes from run to run, and nothing has to be done again for that. */
function loginOf({ from, value, app }: Token): Record<string, pulumi.Output<string>> {
  if (from === "environment") return {};
  return app ? { GITHUB_APP_KEY: pulumi.secret(app.key) } : { GITHUB_TOKEN: pulumi.secret(value) };
}
