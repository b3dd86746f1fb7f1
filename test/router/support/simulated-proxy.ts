import { EventEmitter } from "node:events";
import { tagOf } from "../../../router/haproxy-config.ts";

export interface SimulatedServer {
  readonly name: string;
  weight: number;
  admitted: boolean;
  isUp: boolean;
  checked: boolean;
  answers: number;
  errors: number;
}

/** What a proxy would come up with. @returns null if it could not start from this */
export function serversOf(config: string | null): SimulatedServer[] | null {
  // The last line of a whole file is a spare's.
  if (!config?.endsWith("\n") || !/^ {2}server spare-\S+ .*\n$/m.test(config)) return null;
  return [...config.matchAll(/^ {2}server (\S+) \S+ weight (\d+)( disabled)?$/gm)].map(
    ([, name = "", weight, idle]) => ({
      name,
      weight: Number(weight),
      admitted: idle === undefined,
      isUp: true,
      checked: false,
      answers: 0,
      errors: 0,
    }),
  );
}

/** A slot's share of the weights in percent. */
export function shareOf(servers: readonly SimulatedServer[], slot: string): number {
  const sum = (some: readonly SimulatedServer[]) =>
    some.filter(({ admitted }) => admitted).reduce((total, { weight }) => total + weight, 0);
  const all = sum(servers);
  return all === 0 ? 0 : (100 * sum(servers.filter(({ name }) => name.startsWith(`${slot}-`)))) / all;
}

const columns = "# pxname,svname,scur,status,weight,check_status,req_tot,hrsp_5xx,econ,eresp,wredis,rtime";

/** HAProxy as its admin socket shows it. Each command of a line is a step of its own. */
export class SimulatedProxy {
  isRunning = false;
  servers: SimulatedServer[] = [];
  tag = "";
  pid = 0;
  /** Commands that it has read and not yet carried out. */
  backlog: string[] = [];

  /** @returns whether it could */
  start(config: string | null): boolean {
    const servers = serversOf(config);
    if (!servers || config === null) return false;
    Object.assign(this, { isRunning: true, servers, tag: tagOf(config), pid: this.pid + 1, backlog: [] });
    return true;
  }

  stop(): void {
    Object.assign(this, { isRunning: false, servers: [], backlog: [] });
  }

  obey(command: string): void {
    const [, name, change, value] = /^set server service\/(\S+) (\w+) (\w+)$/.exec(command) ?? [];
    const server = this.servers.find((one) => one.name === name);
    if (!server) return;
    if (change === "weight") server.weight = Number(value);
    else {
      const admitted = value === "ready";
      if (admitted && !server.admitted) Object.assign(server, { isUp: true, checked: false });
      server.admitted = admitted;
    }
  }

  answer(): string {
    const rows = this.servers.map(
      ({ name, weight, admitted, isUp, checked, answers, errors }) =>
        `service,${name},0,${admitted ? (isUp ? "UP" : "DOWN") : "MAINT"},${weight},${checked ? (isUp ? "L7OK" : "L4CON") : ""},${answers},${errors},0,0,0,5`,
    );
    return `Name: HAProxy\nPid: ${this.pid}\ndescription: slipway-${this.tag}\n\n${[columns, ...rows].join("\n")}\n\n`;
  }

  copy(): SimulatedProxy {
    const copy = new SimulatedProxy();
    const { isRunning, tag, pid, backlog } = this;
    Object.assign(copy, { isRunning, tag, pid, backlog: [...backlog] });
    copy.servers = this.servers.map((server) => ({ ...server }));
    return copy;
  }

  /** Counters and process number left out: a controller that starts looks at differences only. */
  get key(): string {
    const servers = this.servers.map(({ name, weight, admitted, isUp, checked }) => [
      name,
      weight,
      admitted,
      isUp,
      checked,
    ]);
    return JSON.stringify([this.isRunning, this.tag, servers, this.backlog]);
  }
}

/** The client's end of a connection, as much as the router uses. */
export class SimulatedSocket extends EventEmitter {
  readonly #onLine: (line: string) => void;
  destroyed = false;

  constructor(onLine: (line: string) => void) {
    super();
    this.#onLine = onLine;
  }

  setEncoding(): this {
    return this;
  }

  write(line: string): boolean {
    this.#onLine(line.trim());
    return true;
  }

  end(line: string): this {
    this.write(line);
    return this;
  }

  destroy(): this {
    if (!this.destroyed) {
      this.destroyed = true;
      this.emit("close");
    }
    return this;
  }
}
