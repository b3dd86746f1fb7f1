import { z } from "zod";
import { byte } from "../hosts/schema.ts";
import { text, whole, type SettingsOf } from "../schema-parts.ts";

/** Everybody, or a half or a quarter of everybody, is no network of those who deploy. */
const network = text(
  "an IPv4 network of /8 or smaller such as 203.0.113.0/24",
  new RegExp(`^${byte}(\\.${byte}){3}/([89]|[12]\\d|3[0-2])$`),
);
/** Of a thing on AWS. */
export const id = (kind: string, what: string) =>
  text(`the id of ${what} such as ${kind}-0123456789abcdef0`, new RegExp(`^${kind}-[0-9a-f]{8,17}$`));
/** Of AWS. */
export const region = text("a region such as eu-central-1", /^[a-z]{2}(-[a-z]+)+-\d$/);

const machineSchema = z.strictObject({
  ami: id("ami", "an image of Debian or Ubuntu"),
  type: text("a type of the Nitro system such as t3.small", /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/).default("t3.small"),
  rootGb: whole(8, 1_000).default(20),
  dataGb: whole(8, 16_000).default(50),
});
/** One machine on AWS. Sizes in GB. */
export type MachineSettings = z.infer<typeof machineSchema>;

/** Machines that the stack makes; as hosts they are like any other, in `slipway:host` and `slipway:hosts`. */
export const awsShape = {
  aws: z
    .strictObject({
      region,
      zone: text("an availability zone such as eu-central-1a", /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/),
      vpc: id("vpc", "a VPC"),
      subnet: id("subnet", "a public subnet of it in that zone"),
      sshFrom: z.array(network).min(1).max(20),
      adminKey: text(
        "a public SSH key such as ssh-ed25519 AAAA…, without a comment",
        /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{40,}={0,2}$/,
      ),
      machines: z
        .record(text("lower-case letters, digits and dashes", /^[a-z][a-z0-9-]{0,19}$/), machineSchema)
        .refine((machines) => Object.keys(machines).length > 0, { params: { allowed: "at least one" } }),
    })
    .refine((aws) => aws.zone.slice(0, -1) === aws.region, {
      path: ["zone"],
      message: "is in another region",
      params: { allowed: "a zone of slipway:aws.region" },
    })
    .optional(),
};
export type AwsSettings = NonNullable<SettingsOf<typeof awsShape>["aws"]>;
