import { checkout } from "../ci/steps.ts";
import type { Condition, Job, Step } from "../model/workflow.ts";
import { shared } from "../scripts.ts";
import { built, script } from "./build.ts";
import type { CdSettings } from "./settings.ts";

export const secret = (name: string) => ({ [name]: `\${{ secrets.${name} }}` });
export const variable = (name: string) => ({ [name]: `\${{ vars.${name} }}` });

export const runUrl = "${{ github.server_url }}/${{ github.repository }}/actions/runs/${{ github.run_id }}";

/** Where a stack's state is, and what opens its secrets. */
export const stateAccess = {
  ...variable("PULUMI_BACKEND_URL"),
  ...secret("PULUMI_CONFIG_PASSPHRASE"),
};

/** AWS's own programs find the token by these; a role trusts exactly one environment of one repository. */
const awsAccess = {
  ...variable("AWS_ROLE_ARN"),
  ...variable("AWS_REGION"),
  AWS_WEB_IDENTITY_TOKEN_FILE: "${{ runner.temp }}/identity",
};

/** @param when that of the step which needs it */
const proveToAws = (when?: Step["when"]): Step =>
  script("aws", {
    name: "Prove to AWS which job this is",
    token: { "id-token": ["write", "to prove to AWS which environment deploys, without a stored key"] },
    ...(when === undefined ? {} : { when }),
  });

const pagerDuty = {
  PAGERDUTY_URL: "https://events.pagerduty.com/v2/enqueue",
  ...secret("PAGERDUTY_ROUTING_KEY"),
};

/** How mail is sent, and to whom. */
export const mail = {
  ...variable("SMTP_URL"),
  ...variable("MAIL_FROM"),
  ...variable("MAIL_TO"),
  ...secret("SMTP_USERNAME"),
  ...secret("SMTP_PASSWORD"),
};

interface Deploy {
  readonly name: string;
  readonly stack: "staging" | "production";
  readonly when: Condition;
  readonly needs: readonly string[];
  /** Goes to an older commit on purpose. @default false */
  readonly back?: boolean;
}

/** Takes the image of this commit to a stack. Its lane is on the job, so that nothing that never deploys waits in it or empties it. */
export function deploy({ stackFolder, aws }: CdSettings, { name, stack, when, needs, back = false }: Deploy): Job {
  const state = { ...stateAccess, ...(aws ? awsAccess : {}) };
  const proof = (when?: Step["when"]) => (aws ? [proveToAws(when)] : []);
  const github = { GITHUB_TOKEN: "${{ github.token }}" };
  const order: Step = script("order", {
    name: "Nothing newer is there",
    token: { deployments: ["read", "to see what is deployed"] },
    env: { ...github, ENVIRONMENT: stack },
  });
  return {
    name,
    when,
    needs,
    environment: stack,
    lane: stack,
    minutes: 60,
    env: {
      STACK: stack,
      STACK_FOLDER: stackFolder,
      TAG: "sha-${{ github.sha }}",
      VERSION: "${{ github.ref_type == 'tag' && github.ref_name || format('sha-{0}', github.sha) }}",
      ...built,
    },
    steps: [
      checkout("to read the stack", back ? "newest" : "all"),
      ...(back ? [] : [order]),
      script("same", {
        name: "The tag still names what was signed",
        token: { packages: ["read", "to ask for the image's digest"] },
        env: github,
      }),
      ...proof(),
      script("prepare", { name: "Prepare", env: { ...state, ...secret("SSH_PRIVATE_KEY") } }),
      ...proof(),
      script("up", { name: "Deploy", env: state }),
      ...proof("stopped"),
      script("heal", { name: "Mend what was left half done", when: "stopped", env: state }),
      shared("notify", {
        name: "Say that it failed",
        when: "stopped",
        env: {
          SUBJECT: `${stack} was not deployed`,
          TEXT: `${stack}: \${{ env.VERSION }} of \${{ github.repository }} was not deployed. ${runUrl}`,
          ...secret("SLACK_WEBHOOK_URL"),
          ...(stack === "production" ? { ...pagerDuty, ...mail } : {}),
        },
      }),
    ],
  };
}

/** A person's yes, outside the lane: a run may wait for it for 30 days. */
export function approval(when: Condition): Job {
  return {
    name: "Approve production",
    when,
    needs: ["attest"],
    environment: "production-approval",
    minutes: 5,
    steps: [{ name: "Approved", run: 'echo "$GITHUB_REF_NAME may go to production"' }],
  };
}
