import { setTimeout as pause } from "node:timers/promises";
import { label, runId } from "../run/id.ts";
import { docker } from "./docker.ts";

/** Longest wait for a machine to come up, in ms. */
const limit = 60_000;

/** How a machine is made. */
export interface MachineArgs {
  readonly name: string;
  readonly network: string;
  readonly image: string;
  /** Its IP address. */
  readonly address: string;
  /** What its users' authorized_keys holds. */
  readonly publicKey: string;
  /** Certificate of an authority that it trusts. */
  readonly authority: string;
}

/** What `--privileged` gives, but for what the machine that runs the tests may itself not have. */
const rights = [
  ...["--cap-add", "ALL", "--cap-drop", "SYS_RESOURCE", "--cgroupns", "private", "--device-cgroup-rule", "a *:* rwm"],
  ...["seccomp", "apparmor", "systempaths"].flatMap((option) => ["--security-opt", `${option}=unconfined`]),
];

/** A bare Debian server: a container with systemd and sshd in which Docker can be installed. */
export class Machine {
  readonly address: string;
  private readonly args: MachineArgs;

  constructor(args: MachineArgs) {
    this.args = args;
    this.address = args.address;
  }

  async start(): Promise<this> {
    const { name, network, image, address, publicKey, authority } = this.args;
    const mark = `${label}=${runId()}`;
    const data = ["--volume", `${name}-docker:/var/lib/docker`, "--tmpfs", "/run", "--tmpfs", "/tmp:exec"];
    const at = ["--hostname", name, "--network", network, "--ip", address];
    docker(["volume", "create", "--label", mark, `${name}-docker`]);
    docker(["run", "--detach", "--name", name, "--label", mark, ...rights, ...data, ...at, image]);
    await this.up();
    this.sh("cat > /usr/local/share/ca-certificates/test.crt; update-ca-certificates > /dev/null 2>&1", authority);
    this.sh("cat > /home/admin/.ssh/authorized_keys; chown admin: /home/admin/.ssh/authorized_keys", publicKey);
    return this;
  }

  /** Runs a script as root, as somebody at its console would. */
  sh(script: string, input = ""): string {
    return docker(["exec", "--interactive", this.args.name, "sh", "-euc", script], input);
  }

  /** Starts a script that goes on until `stopBackground`. */
  background(script: string): void {
    docker(["exec", "--detach", this.args.name, "sh", "-c", `echo $$ > /run/background; ${script}`]);
  }

  stopBackground(): void {
    this.sh("kill $(cat /run/background)");
  }

  /** The key to pin: type and base64. */
  hostKey(): string {
    return this.sh("cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub");
  }

  /** Logins over SSH since it was made. */
  logins(): number {
    return Number(this.sh("journalctl --unit ssh --no-pager | grep -c 'Accepted publickey' || true"));
  }

  /** Power off and on again. */
  async reboot(): Promise<void> {
    docker(["restart", "--time", "1", this.args.name]);
    await this.up();
  }

  powerOff(): void {
    docker(["kill", this.args.name]);
  }

  async powerOn(): Promise<void> {
    docker(["start", this.args.name]);
    await this.up();
  }

  /** Nobody gets in over SSH any more, nor does anything come back out; all else works. */
  cutOff(): void {
    this.sh("iptables -I INPUT -p tcp --dport 22 -j DROP; iptables -I OUTPUT -p tcp --sport 22 -j DROP");
  }

  restore(): void {
    this.sh("iptables -D INPUT -p tcp --dport 22 -j DROP; iptables -D OUTPUT -p tcp --sport 22 -j DROP");
  }

  private async up(): Promise<void> {
    const deadline = Date.now() + limit;
    while (!this.answers()) {
      if (Date.now() > deadline) throw new Error(`${this.args.name} is not up: ${docker(["logs", this.args.name])}`);
      await pause(200);
    }
  }

  private answers(): boolean {
    try {
      this.sh("systemctl is-active --quiet ssh");
      return true;
    } catch {
      return false;
    }
  }
}
