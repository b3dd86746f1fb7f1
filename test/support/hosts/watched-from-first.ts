import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { watchAccount } from "../../../lib/hosts/watch-account.ts";
import { checkBeat, checkSlackAttachments, HttpReceiver } from "../../router/support/http-receiver.ts";
import type { PulumiStack } from "../pulumi-stack.ts";
import type { Lab } from "./lab.ts";
import type { Machine } from "./machine.ts";

/** A stack `production` that is up on two servers, the second one by the name `second`. */
export interface TwoServers {
  readonly lab: Lab;
  readonly one: Machine;
  readonly two: Machine;
  readonly stack: PulumiStack;
}

const prefix = "ape-2026-production";
const account = watchAccount(prefix);
const slack = new HttpReceiver("/services/T0/B0/planted", checkSlackAttachments);
const beats = new HttpReceiver("/beats/planted", checkBeat);
const patience = { timeout: 120_000, interval: 500 };
const allUp = ["host controller up", "host host up", "second controller up", "second host up"];

/**
 * The second server is watched from the first one over SSH, and nothing is left of that at the end. Only waiting is shorter than on a host.
 *
 * @param world asked once it is there
 */
export function watchedFromFirst(world: () => TwoServers): void {
  describe("watched from the first one", () => {
    async function succeeds(...args: string[]): Promise<string> {
      const { code, output } = await world().stack.up(...args);
      expect(code, output).toBe(0);
      return output;
    }

    /** What Prometheus (8, 9090) or Alertmanager (9, 9093) says. */
    const said = (last: number, port: number, path: string): string => {
      const script = `fetch("http://10.213.0.${String(last)}:${String(port)}${path}").then(async (a) => console.log(await a.text()))`;
      return world().one.sh(`docker exec ${prefix}-controller node -e '${script}'`);
    };
    const ask = (last: number, port: number, path: string): unknown => {
      try {
        return JSON.parse(said(last, port, path));
      } catch {
        return undefined;
      }
    };
    const targets = () => {
      const found = ask(8, 9090, "/api/v1/targets") as
        { data: { activeTargets: { labels: { host: string; part: string }; health: string }[] } } | undefined;
      return found?.data.activeTargets
        .filter(({ labels: { part } }) => part !== "service")
        .map(({ labels: { host, part }, health }) => `${host} ${part} ${health}`)
        .sort();
    };
    /** Hosts on which the service tells of itself. */
    const telling = () => {
      const found = ask(8, 9090, "/api/v1/query?query=service_requests_in_flight") as
        { data: { result: { metric: { host: string } }[] } } | undefined;
      return [...new Set(found?.data.result.map(({ metric: { host } }) => host))].sort();
    };
    const alerts = (which: string) =>
      (ask(9, 9093, `/api/v2/alerts?${which}`) as { labels: { alertname: string; host?: string } }[] | undefined)
        // A machine of tests is as busy as it is.
        ?.filter(({ labels }) => !labels.alertname.endsWith("GoalMissed"))
        .map(({ labels: { alertname, host = "" } }) => `${alertname} ${host}`.trim())
        .sort();
    const told = () => alerts("active=true&inhibited=false");
    const up = () => targets()?.filter((line) => line.endsWith("up"));

    /** All that Slack was told, in order. */
    const slackTold = () =>
      slack.taken
        .flatMap(({ body }) => (body.attachments as { title: string }[]).map(({ title }) => title))
        .filter((title) => !/GoalMissed|BudgetBurns/.test(title))
        .map((title) => `${title.endsWith("(over)") ? "ends" : "fires"} ${/Slipway(\w+)/.exec(title)?.[1] ?? title}`);
    /** Two signs of life after this. */
    const beatsAgain = async () => {
      const before = beats.taken.length;
      await expect.poll(() => beats.taken.length, patience).toBeGreaterThan(before + 2);
    };
    /** Alertmanager has written down whom it has told so far. */
    const written = async () => {
      const count = () =>
        Number(/^alertmanager_nflog_snapshot_duration_seconds_count (\d+)/m.exec(said(9, 9093, "/metrics"))?.[1]);
      const before = count();
      // The one that it may be at began earlier.
      await expect.poll(count, patience).toBeGreaterThan(before + 1);
    };
    /** An alert that has to hold still does so for longer than a machine takes to start; what it inhibits comes later, as on a host. */
    const hurry = () => {
      const { one } = world();
      const folder = one.sh(`docker volume inspect --format '{{.Mountpoint}}' ${prefix}-monitoring`);
      one.sh(`cd ${folder}
    sed -i 's/_interval: 15s/_interval: 1s/; s/for: 60s/for: 20s/; s/for: 300s/for: 25s/; s/group_wait: 10s/group_wait: 1s/' *.yaml
    sed -i 's/group_interval: .*/group_interval: 2s/; s/repeat_interval: 1m/repeat_interval: 1s/' alertmanager.yaml
    docker kill --signal HUP ${prefix}-prometheus ${prefix}-alertmanager`);
    };

    afterAll(() => Promise.all([slack.stop(), beats.stop()]));

    test("one up that makes no release has the second host watched from the first one, and no port is open for it", async () => {
      const { lab, stack, one, two } = world();
      const images = ["prometheus", "alertmanager", "exporter", "tunnel"];
      await Promise.all([slack, beats].map((receiver) => receiver.listen("0.0.0.0")));
      await stack.setSecrets({
        "noticeSecrets.slack-url": slack.urlAt(lab.gateway),
        "noticeSecrets.watchdog-url": beats.urlAt(lab.gateway),
      });
      await stack.set({
        "notices.slack.events[0]": "stuck",
        "monitoring.kind": "host",
        "monitoring.watchdog": "true",
        "monitoring.service.port": "8001",
        ...Object.fromEntries(images.map((image) => [`stockImages.${image}`, `${lab.registry}/slipway/${image}:1`])),
      });
      const said = await succeeds();
      expect(said).toContain(`account: ${account} may ask 10.213.0.3:9413 10.213.0.10:9100 10.213.0.16:8001`);
      await expect.poll(targets, patience).toEqual(allUp);
      await expect.poll(telling, patience).toEqual(["host", "second"]);
      for (const machine of [one, two])
        expect(machine.sh("docker ps --format '{{.Ports}}' | grep -c -- '->' || true")).toBe("0");
      await succeeds("--expect-no-changes");
    });

    test("its key opens the addresses that are asked, and sshd refuses all else", async () => {
      const { lab, one, two } = world();
      const volume = one.sh(`docker volume inspect --format '{{.Mountpoint}}' ${prefix}-tunnel`);
      expect(one.sh(`stat -c '%a %u' ${volume}/key`)).toBe("600 65534");
      const key = join(lab.folder, "watch");
      writeFileSync(key, `${one.sh(`cat ${volume}/key`)}\n`, { mode: 0o600 });
      expect(await through(key, two, "10.213.0.3:9413")).toContain("slipway_");
      expect(await through(key, two, "10.213.0.10:9100")).toContain("node_");
      const replica = two.sh(
        `docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' ${prefix}-blue-1`,
      );
      expect(await through(key, two, `${replica}:8001`)).toContain("# TYPE");
      for (const elsewhere of ["127.0.0.1:22", "10.213.0.3:22", "10.213.0.16:8000"])
        expect(await through(key, two, elsewhere)).toContain("administratively prohibited");
      expect(knock(key, [two.address, "true"])).not.toMatchObject({ code: 0 });
      expect(knock(key, ["-s", two.address, "sftp"])).not.toMatchObject({ code: 0 });
      const back = ["-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:1", two.address];
      expect(knock(key, back).said).toContain("remote port forwarding failed");
      const allowed = two.sh(`/usr/sbin/sshd -T -C user=${account},host=localhost,addr=127.0.0.1`);
      for (const line of [
        "allowstreamlocalforwarding no",
        "maxsessions 0",
        "permittty no",
        "authorizedkeyscommand none",
      ])
        expect(allowed.split("\n")).toContain(line);
      expect(await through(lab.identityFile, two, "10.213.0.3:9413")).toContain("Permission denied");
      expect(two.sh(`getent shadow ${account}; getent passwd ${account}; id -nG ${account}`)).toMatch(
        /^\S+:\*:.*\n.*:\/nonexistent:\/usr\/sbin\/nologin\nslipway-watch-\w+$/,
      );
    });

    test("a host that is away is one alert, told once and ended once, though the first one loses its power with all that watches", async () => {
      const { one, two } = world();
      hurry();
      await expect.poll(told, patience).toEqual(["SlipwayWatchdog"]);
      await beatsAgain();
      two.powerOff();
      await expect
        .poll(() => alerts("inhibited=true&active=false"), patience)
        .toEqual(["SlipwayMachineNotSeen second"]);
      expect(told()).toEqual(["SlipwayServiceDown second", "SlipwayWatchdog"]);
      expect(up()).toEqual(["host controller up", "host host up"]);
      await expect.poll(slackTold, patience).toEqual(["fires ServiceDown"]);
      await written();

      const seen = String(Date.now() / 1_000);
      one.powerOff();
      await one.powerOn();
      await expect.poll(told, patience).toEqual(["SlipwayServiceDown second", "SlipwayWatchdog"]);
      // By then it would have been told again.
      await beatsAgain();
      expect(slackTold()).toEqual(["fires ServiceDown"]);
      const figures = ask(8, 9090, `/api/v1/query?query=slipway_released&time=${seen}`);
      expect(JSON.stringify(figures)).toContain('"host":"host"');

      await two.powerOn();
      await expect.poll(told, patience).toEqual(["SlipwayWatchdog"]);
      await expect.poll(slackTold, patience).toEqual(["fires ServiceDown", "ends ServiceDown"]);
      await expect.poll(targets, patience).toEqual(allUp);
      expect(beats.tries).toHaveLength(beats.taken.length);
    });

    test("what somebody did by hand to the way there is said and mended", async () => {
      const { one, two } = world();
      one.sh(`docker rm -f ${prefix}-tunnel; docker volume rm ${prefix}-tunnel`);
      two.sh(`usermod --shell /bin/bash ${account}; docker rm -f ${prefix}-exporter`);
      const said = await succeeds();
      expect(said).toContain(`volume ${prefix}-tunnel is gone: it is made anew`);
      expect(said).toContain(`the tunnel to further hosts (${prefix}-tunnel) is not there: it is made anew`);
      expect(said).toContain(
        `the user that only watches (${account}) may something else than Slipway let it: it is made anew`,
      );
      expect(said).toContain(`the node exporter (${prefix}-exporter) is not there: it is made anew`);
      await expect.poll(targets, patience).toEqual(allUp);
      expect(two.sh(`getent passwd ${account}`)).toContain("/usr/sbin/nologin");
      await succeeds("--expect-no-changes");
    });

    test("a section that goes leaves no user and no way there", async () => {
      const { stack, one, two } = world();
      for (const setting of ["monitoring", "notices", "noticeSecrets"]) await stack.unset(setting);
      await succeeds();
      expect(two.sh(`id ${account} 2>&1 || true`)).toContain("no such user");
      expect(two.sh("ls /etc/ssh/sshd_config.d")).not.toContain(account);
      expect(two.sh("ls -d /etc/slipway/watch 2>&1 || true")).toContain("No such file");
      expect(one.sh(`docker ps -a --format '{{.Names}}'; docker volume ls -q`)).not.toContain("tunnel");
      expect(two.sh(`docker ps -a --format '{{.Names}}'`)).not.toContain("exporter");
    });
  });
}

/**
 * A stack that is watched from its first host is destroyed: the last thing that happens to it.
 *
 * @param world asked once it is there
 */
export function destroyedWhileWatched(world: () => TwoServers): void {
  test("destroy of a stack that watches over a tunnel leaves nothing of it on either server, no user and no key among it", async () => {
    const { stack, one, two } = world();
    await stack.set({ "monitoring.kind": "host" });
    const { code, output } = await stack.up();
    expect(code, output).toBe(0);
    expect(one.sh("docker volume ls -q")).toContain(`${prefix}-tunnel`);
    expect(two.sh(`id ${account}`)).toContain(account);
    const destroyed = await stack.destroy();
    expect(destroyed.code, destroyed.output).toBe(0);
    const left = `docker ps --all --format '{{.Names}}'; docker volume ls -q; docker network ls --format '{{.Name}}'
      systemctl list-unit-files --no-legend; ls /usr/local/lib/slipway 2> /dev/null || true
      getent passwd; ls -R /etc/slipway 2> /dev/null || true; ls /etc/ssh/sshd_config.d; ps -eo args`;
    const ofStack = (line: string) =>
      line.startsWith(prefix) || /slipway-(watch|backup-ape-2026-production)/.test(line);
    for (const machine of [one, two]) expect(machine.sh(left).split("\n").filter(ofStack)).toEqual([]);
    // The servers stay what they were made into.
    expect(two.sh("systemctl is-active docker nftables; id -nG slipway")).toBe("active\nactive\nslipway docker");
  });
}

/** The words of ssh that come as the user who watches, by a key. */
function asWatcher(key: string): string[] {
  const options = [
    ...["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=INFO", "BatchMode=yes"],
    "IdentitiesOnly=yes",
  ];
  return ["-F", "none", ...options.flatMap((option) => ["-o", option]), "-i", key, "-l", account];
}

/** @returns what was said, and the exit code */
function knock(key: string, words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync("ssh", [...asWatcher(key), ...words], {
    encoding: "utf8",
    timeout: 20_000,
  });
  return { code: status, said: `${stdout}${stderr}` };
}

/** Asks for figures at an address behind a server. @returns what is said until some are there, or the way is over */
async function through(key: string, { address }: Machine, to: string): Promise<string> {
  const child = spawn("ssh", [...asWatcher(key), "-W", to, address], { timeout: 20_000 });
  let said = "";
  const listen = (chunk: Buffer) => {
    said += chunk.toString();
    if (/^\w+_\w+.* [\d.e+-]+$/m.test(said)) child.kill();
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  // One that is refused is gone by then.
  child.stdin.on("error", () => undefined).write("GET /metrics HTTP/1.0\r\n\r\n");
  await once(child, "close");
  return said;
}
