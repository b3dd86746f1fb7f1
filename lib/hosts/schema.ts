import { z } from "zod";
import { text, whole, type SettingsOf } from "../schema-parts.ts";

/** 0 to 255, without leading zeros: `010` is 8 to some programs and 10 to others. */
/** Of an IPv4 address, as a pattern. */
export const byte = "(\\d|[1-9]\\d|1\\d\\d|2[0-4]\\d|25[0-5])";
const hostKey = text(
  "a public host key such as ssh-ed25519 AAAAC3Nz…, without a comment",
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{40,}={0,2}$/,
).meta({
  hint: "`ssh-keyscan -t ed25519 <address>` shows it; compare its fingerprint (`| ssh-keygen -lf -`) with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the server's console, then ",
});
const userName = text("a user's name", /^[a-z_][a-z0-9_-]{0,31}$/);
const sshServer = {
  address: text("a name or IP address", /^[A-Za-z0-9][A-Za-z0-9.:-]*$/),
  port: whole(1, 65_535).default(22),
  user: userName,
  hostKey,
};
const localHost = z.strictObject({
  kind: z.literal("local"),
  dockerHost: text("a Docker address such as unix:///var/run/docker.sock", /^(unix|tcp):\/\/\S+$/).optional(),
});
const sshHost = z.strictObject({
  kind: z.literal("ssh"),
  ...sshServer,
  admin: userName.optional(),
  identityFile: text("an absolute path or one that starts with ~/", /^(~\/|\/)\S+$/).optional(),
  jump: z.strictObject(sshServer).optional(),
});
/** One machine with a Docker engine. */
export type HostSettings = z.infer<typeof localHost> | z.infer<typeof sshHost>;

/** Where a stack's service runs: `slipway:host`, and `slipway:hosts` by name. */
export const hostSections = z.object({
  host: z.discriminatedUnion("kind", [localHost, sshHost], { error: "local or ssh" }),
  // `host` is how commands name the first one.
  hosts: z.record(
    text("lower-case letters, digits and dashes, but not host", /^(?!host$)[a-z][a-z0-9-]{0,19}$/),
    sshHost,
  ),
});

/** The machines, and what the stack takes for itself on each of them. */
export const hostsShape = {
  host: hostSections.shape.host.optional(),
  hosts: hostSections.shape.hosts,
  listenAddress: z
    .union([z.ipv4(), z.ipv6().toLowerCase()], { error: "an IP address of the host" })
    .describe("an IP address of the host"),
  listenPort: whole(1, 65535),
  subnet: text(
    "a private /24 such as 10.213.0.0/24",
    new RegExp(`^(10\\.${byte}|172\\.(1[6-9]|2\\d|3[01])|192\\.168)\\.${byte}\\.0/24$`),
  ),
};
export type HostsSettings = SettingsOf<typeof hostsShape>;
