import { isLoopback } from "../../lib/hosts/loopback.ts";
import { isContainer, type Rule } from "../rule.ts";
import { at, listAt, maybe, unknown, type Seen } from "../seen.ts";
import { openings, type Opening } from "../openings.ts";

/** What people reach from anywhere: the proxy, or the load balancer. */
const publicPorts = [80, 443];

/** What nobody has to reach from anywhere is one hole more. */
export const portsAreClosed: Rule = {
  name: "slipway-ports-are-closed",
  description: "Only ports 80 and 443 are open to everybody",
  fix: "name the networks that may reach it, or publish it at 127.0.0.1",
  problems: (seen) => [...published(seen), ...openings(seen).filter(isOther).map(said)],
};

const isOther = ({ from, to }: Opening) => from !== to || !publicPorts.includes(from);

const said = ({ from, to, source }: Opening) =>
  `${from === to ? `port ${from}` : `ports ${from} to ${to}`} ${from === to ? "is" : "are"} open to ${source}`;

/** Docker publishes past the host's firewall, at all addresses unless one is named. */
function published(seen: Seen): string[] {
  if (!isContainer(seen)) return [];
  if (seen.props.publishAllPorts === true) return ["all its ports are published at all addresses of the host"];
  return listAt(seen.props, "ports").flatMap((port) => {
    const ip = at(port, "ip");
    if (ip === unknown || isLoopback(typeof ip === "string" ? ip : "")) return [];
    const external = at(port, "external");
    if (publicPorts.some((open) => maybe(external, open))) return [];
    return [`port ${String(at(port, "internal"))} is published at all addresses of the host`];
  });
}
