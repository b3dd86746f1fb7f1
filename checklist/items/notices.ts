import type { NoticesSettings } from "../../lib/notices/schema.ts";
import type { Outcome } from "../../router/telling/notice-http.ts";
import { inController, unanswered, type CheckedHost } from "../host.ts";
import { broken, proven, unseen, type Finding, type Item, type Probe } from "../model.ts";

export interface NoticesArgs {
  readonly stack: string;
  readonly hosts: readonly CheckedHost[];
  readonly notices: NoticesSettings["notices"];
  /** Who asks for a test notice to every channel. @default nobody: people are not disturbed unasked */
  readonly tester?: string | undefined;
  readonly makeUp: string;
}

const channels = ["webhook", "slack", "email", "pagerduty"] as const;

/** Each channel takes a test notice that the host's own controller sends, with its own secrets. */
export function noticesItem({ stack, hosts, notices, tester, makeUp }: NoticesArgs): Item {
  const declared = channels.filter((channel) => notices[channel] !== undefined);
  const probes = hosts.map((host): Probe => ({ name: host.connection.name, look: () => look(host) }));
  return { name: "notices", setting: "slipway:notices", probes };

  async function look(host: CheckedHost): Promise<Finding[]> {
    if (declared.length === 0) {
      const fix = `declare slack: {} under slipway:notices in Pulumi.${stack}.yaml, pulumi config set --secret --path slipway:noticeSecrets.slack-url <address>, then ${makeUp}`;
      return [broken("nobody is told of rollouts: no channel is declared", fix)];
    }
    if (tester === undefined) {
      const fix = `slipway checklist --stack ${stack} --only notices --test-notices, which tells everybody in ${declared.join(", ")}`;
      return [unseen("no test notice was asked for", fix)];
    }
    const answer = await inController(host, ["slipway-router", "test-notices", `--by=${tester}`], 30);
    if (answer.code === 2)
      return [unseen(`the controller at ${host.connection.name} is older than test notices`, makeUp)];
    if (answer.code !== 0) return [unanswered(host, answer)];
    const told = JSON.parse(answer.stdout) as Readonly<Record<string, Outcome>>;
    return declared.map((channel) => judge(channel, told[channel], makeUp));
  }
}

function judge(channel: string, outcome: Outcome | undefined, makeUp: string): Finding {
  if (outcome === undefined) return broken(`${channel}: declared, and the host does not have it`, makeUp);
  if (outcome.is === "sent") return proven(`${channel}: its receiver took a test notice`);
  const { problem, fix } = outcome;
  // Its receiver, or the way to it, may be away for a moment: that proves nothing.
  return outcome.is === "later" ? unseen(`${channel}: ${problem}`, fix) : broken(`${channel}: ${problem}`, fix);
}
