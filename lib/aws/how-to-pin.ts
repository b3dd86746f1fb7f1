/** A machine that is there. */
interface Made {
  readonly name: string;
  readonly address: string;
  readonly instance: string;
  readonly region: string;
}

/**
 * How a machine becomes a host: AWS shows what it wrote to its console, so that the key comes by the account's own login and not by the
 * network that it is to guard. Pure.
 */
export const howToPin = ({ name, address, instance, region }: Made): string =>
  [
    `Machine ${name} has the address ${address}. Its host key is on its console a few minutes after its first boot:`,
    `  aws ec2 get-console-output --region ${region} --instance-id ${instance} --latest --output text | grep -o -m 1 'ssh-ed25519 [A-Za-z0-9+/=]*'`,
    `Then it is a host like any other: slipway:host {kind: ssh, address: ${address}, hostKey, user: slipway, admin: admin or ubuntu}`,
  ].join("\n");
