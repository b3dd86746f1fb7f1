import type { Rule } from "../rule.ts";
import { at, jsonAt, listAt, textAt, unknown, type Seen } from "../seen.ts";

const unverified = /StrictHostKeyChecking[= ]*(no|off|accept-new|ask)\b/i;

/** Who answers at an address is not yet the server; an unverified one gets every secret of the service. */
export const hostKeysArePinned: Rule = {
  name: "slipway-host-keys-are-pinned",
  description: "No SSH connection goes to a server whose key was not pinned",
  fix: "pin the server's public key: hostKey of slipway:host, or StrictHostKeyChecking=yes with a known key",
  problems: (seen) => [...unverifiedWords(seen), ...providers(seen), ...remoteCommands(seen)],
};

const commands = /^command:(local|remote):/;
function unverifiedWords({ type, props }: Seen): string[] {
  if (!commands.test(type)) return [];
  const texts = [...Object.entries(props), ...Object.entries(at(props, "environment") ?? {})];
  const found = texts.flatMap(([name, text]) => (typeof text === "string" && unverified.test(text) ? [name] : []));
  return [...new Set(found)].map((name) => `${name} connects without verifying the server's key`);
}

/** Inputs of a provider are texts; lists come as JSON. */
function providers({ type, props }: Seen): string[] {
  if (type !== "pulumi:providers:docker") return [];
  const host = textAt(props, "host");
  if (host?.startsWith("ssh:") !== true || props.sshOpts === unknown) return [];
  const options = Array.isArray(props.sshOpts)
    ? listAt(props, "sshOpts")
    : listAt({ all: jsonAt(props, "sshOpts") }, "all");
  const says = (option: string) => options.some((each) => typeof each === "string" && each.startsWith(option));
  const isPinned = says("StrictHostKeyChecking=yes") && (says("KnownHostsCommand=") || says("UserKnownHostsFile="));
  return isPinned ? [] : [`${host} is reached without a pinned key`];
}

function remoteCommands({ type, props }: Seen): string[] {
  if (!type.startsWith("command:remote:") || props.connection === unknown) return [];
  return ["connection", "connection.proxy"].flatMap((path) => {
    const connection = at(props, ...path.split("."));
    if (connection === undefined || connection === unknown || at(connection, "hostKey") !== undefined) return [];
    return [`${path} has no hostKey`];
  });
}
