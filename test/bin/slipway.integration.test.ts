import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { run, Stubs } from "./support.ts";

/** The command itself, as a process, with stubs in place of what it starts. */

const stubs = new Stubs();
const env = { ...process.env, PATH: stubs.path, GITHUB_TOKEN: undefined, NO_COLOR: undefined, FORCE_COLOR: "1" };
const slipway = (...args: string[]) => run("bin/slipway", args, env);

const server = (address: string) => ({
  kind: "ssh",
  address,
  user: "deploy",
  hostKey: `ssh-ed25519 ${"A".repeat(68)}`,
});
const file = join(stubs.folder, "Pulumi.shop.yaml");
const shop = (...args: string[]) => slipway(...args, "--stack", "shop", "--config-file", file);
const declare = (config: Readonly<Record<string, unknown>>) => {
  writeFileSync(file, stringify({ config }));
};

beforeAll(() => {
  const { folder } = stubs;
  // `second` can't be reached, and is found out only after `host` has answered.
  stubs.write(
    "ssh",
    `case "$*" in
      *first.example*)
        case "$*" in
          *MODE=align*) echo 'green-worker-1: stopped' ;;
          *sh\\ -euc*left-behind*) echo 'PostgreSQL since the backup: rows written: 3' ;;
          *head\\ -n*EACH*) echo '1795698600 2048 000002-before-1.1.0-a.redis.rdb' ;;
          *record\\ 3*) echo '{"rollout":3,"kind":"release","slot":"green","from":null,"to":{"id":"1.1.0-a"},"by":null,"startedAt":"2026-11-26T13:10:47Z","endedAt":null,"verdict":null,"reason":null,"backup":[],"steps":[],"traffic":{}}' ;;
          *--json* | *record* | *ledger*) echo '{"live":"blue"}' ;;
          *) echo 'rolled back: blue is live' ;;
        esac
        : > ${folder}/answered ;;
      *second.example*)
        until [ -e ${folder}/answered ]; do sleep 0.05; done
        echo 'ssh: connect to host second.example port 22: Connection refused' >&2
        exit 255 ;;
      *third.example*) echo 'controller: does not answer' >&2; exit 3 ;;
      *) exit 7 ;;
    esac`,
  );
  stubs.write(
    "docker",
    `case "$*" in
      *slipway-router*digest* | *slipway-router*rollouts*) echo '[]' ;;
      *slipway-router*ledger*) echo '{"live":null,"slots":{},"withdrawn":[],"running":null}' ;;
      *--json*) echo '{"live":"green"}' ;;
      *) echo 'live     green' ;;
    esac`,
  );
});

beforeEach(() => {
  declare({
    "slipway:service": "shop",
    "slipway:host": server("first.example"),
    "slipway:hosts": { second: server("second.example") },
    // Wrong, and none of a rollback's business.
    "slipway:version": "v1",
    "slipway:secrets": { token: { secure: "v1:abc" } },
  });
  stubs.started();
});

afterAll(() => {
  stubs.remove();
});

test("--version prints the version", async () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  expect(await slipway("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test("no colour goes into a pipe", async () => {
  for (const args of [["--help"], ["rollback", "--help"], ["rolback"], ["rollout", "list", "--stack", "local"]]) {
    const { stdout, stderr } = await slipway(...args);
    expect(stdout + stderr).not.toMatch(/\x1b/);
  }
});

describe("one host", () => {
  test("neither Pulumi nor a state is asked", async () => {
    expect(await slipway("rollout", "list", "--stack", "local")).toEqual({
      ...{ code: 0, stdout: "", stderr: "" },
    });
    const started = stubs.started();
    expect(started).toContain("docker exec ape-2026-local-controller slipway-router rollouts --json");
    expect(started.filter((line) => line.startsWith("pulumi "))).toEqual([]);
  });

  test("--json is its answer alone", async () => {
    const { code, stdout } = await slipway("rollout", "list", "--json", "--stack", "organization/slipway/local");
    expect({ code, answer: JSON.parse(stdout) as unknown }).toEqual({ code: 0, answer: [] });
  });

  test("says how it delivers, over a time that is chosen", async () => {
    const told = await slipway("metrics", "--days", "30", "--stack", "local");
    expect(told).toMatchObject({ code: 0, stderr: "" });
    expect(told.stdout).toMatch(/^stack local, the last 30 days\n {2}deployment frequency {4}0 a day: 0 in 30 days/);
    expect(told.stdout).toMatch(/^ {2}lead time for changes {3}could not look: GITHUB_TOKEN is not set$/m);
    const { stdout } = await slipway("metrics", "--json", "--stack", "local");
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ stack: "local", days: 90, deployments: 0, changeFailureRate: null },
      github: { problem: "GITHUB_TOKEN is not set" },
    });
    const wrong = await slipway("metrics", "--days", "0", "--stack", "local");
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("whole number from 1 to 3650") as string });
  });

  test("a dashboard is drawn from a Prometheus that answers, or is a file for Grafana", async () => {
    const none = await slipway("dashboard", "--stack", "local");
    expect(none).toMatchObject({
      code: 1,
      stderr:
        "slipway: slipway:monitoring is not of kind host, so the stack has no Prometheus of its own. Fix: name another with --prometheus <url>\n",
    });
    const away = await slipway("dashboard", "--stack", "local", "--prometheus", "http://127.0.0.1:1/");
    expect(away.code).toBe(3);
    expect(away.stderr).toMatch(/--prometheus: does not answer, got http:\/\/127\.0\.0\.1:1: .* Fix: curl/);
    const { code, stdout } = await slipway("dashboard", "--stack", "local", "--grafana", "prom-1");
    expect({ code, dashboard: JSON.parse(stdout) as unknown }).toMatchObject({
      code: 0,
      dashboard: { title: "ape-2026 local" },
    });
  });

  test("a controller that does not answer is exit code 3", async () => {
    declare({ "slipway:service": "shop", "slipway:host": server("third.example") });
    const { code, stdout } = await shop("rollout", "list", "--json");
    expect({ code, answer: JSON.parse(stdout) as unknown }).toEqual({
      code: 3,
      answer: { error: "controller: does not answer" },
    });
  });
});

describe("several hosts, one of them out of reach", () => {
  test("a rollback goes to all side by side, and each line says whose it is", async () => {
    const { code, stdout, stderr } = await shop("rollback");
    expect(code).toBe(3);
    expect(stdout).toBe(
      "host: rolled back: blue is live\nhost: green-worker-1: stopped\nhost: PostgreSQL since the backup: rows written: 3\n",
    );
    expect(stderr).toContain(
      "second: slipway:hosts.second: can't be reached, got ssh: connect to host second.example port 22: Connection refused; allowed a server that answers at",
    );
    expect(stubs.started().filter((line) => /^(pulumi|docker) /.test(line))).toEqual([]);
  });

  test("--json is one object by host, and what people read goes to standard error", async () => {
    const { code, stdout, stderr } = await shop("rollback", "--json");
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toEqual({
      host: {
        code: 0,
        said: ["rolled back: blue is live"],
        errors: [],
        roles: ["green-worker-1: stopped"],
        databases: ["PostgreSQL since the backup: rows written: 3"],
      },
      second: {
        code: 3,
        said: [],
        errors: expect.arrayContaining([expect.stringContaining("can't be reached")]) as [],
      },
    });
    expect(stderr).toContain("host: rolled back: blue is live");
  });

  test("a record in JSON is as the controllers keep it", async () => {
    const { stdout } = await shop("rollout", "show", "2", "--json");
    expect(JSON.parse(stdout)).toEqual({
      host: { live: "blue" },
      second: { error: expect.stringContaining("can't be reached") as string },
    });
  });

  test("a record without --json is lines for people", async () => {
    const { stdout } = await shop("rollout", "show", "3");
    expect(stdout).toMatch(
      /^host: rollout {2}3: release of 1\.1\.0-a → green, from nothing\nhost: verdict {2}none yet\n/,
    );
  });

  test("what a look at a backup ends with is the command that does it", async () => {
    const { code, stdout } = await shop("restore", "/backups/1.redis.rdb", "--host", "host");
    expect(code).toBe(0);
    expect(stdout).toContain(
      `To do it: slipway restore /backups/1.redis.rdb --yes --stack shop --config-file ${file} --host host\n`,
    );
  });

  test("without a name the backups on the host are listed", async () => {
    stubs.write("timeout", 'exec /usr/bin/timeout "$@"');
    const { code, stdout } = await shop("restore", "--host", "host");
    stubs.write("timeout", "exit 0");
    expect(code).toBe(0);
    expect(stdout).toContain("2026-11-26 13:10 UTC          2048 bytes  000002-before-1.1.0-a.redis.rdb\n");
    expect(stdout).toContain(
      `What one of them would do: slipway restore --stack shop --config-file ${file} --host host <file>`,
    );
  });

  test("a name alone is a file among the stack's backups", async () => {
    await shop("restore", "1.redis.rdb", "--host", "host");
    expect(stubs.started().join()).toMatch(/FILES='?\S*\/shop-shop\/1\.redis\.rdb/);
  });

  test("a backup's name without the database is all of that backup", async () => {
    const whole = ["restore", "by-hand-20261127T223030Z"];
    declare({
      "slipway:service": "shop",
      "slipway:host": server("first.example"),
      "slipway:databases": { postgres: { name: "shop", user: "shop" }, redis: {} },
    });
    await shop(...whole);
    expect(stubs.started().join()).toMatch(
      /'FILES=\S*\/shop-shop\/by-hand-20261127T223030Z\.postgres\.dump,\S*\/shop-shop\/by-hand-20261127T223030Z\.redis\.rdb'/,
    );
    declare({ "slipway:service": "shop", "slipway:host": server("first.example") });
    const { code, stderr } = await shop(...whole);
    expect(code).toBe(1);
    expect(stderr).toContain(
      "restore: stack shop has no database, and no volume that is backed up. Fix: name one file",
    );
  });

  test("databases are put back on one of them", async () => {
    const { code, stderr } = await shop("restore", "2");
    expect(code).toBe(2);
    expect(stderr).toContain("got no --host; allowed host, second. Fix: name one with --host");
    expect(stubs.started()).toEqual([]);
  });
});

describe("a file that can't be read", () => {
  test("a host whose address is encrypted is said with the way out, and nothing is started", async () => {
    declare({ "slipway:service": "shop", "slipway:host": { ...server("x"), address: { secure: "v1:hunter2" } } });
    const { code, stderr } = await shop("rollback");
    expect(code).toBe(1);
    expect(stderr).toBe(
      "slipway: slipway:host: holds a value that was set with --secret, and Pulumi hides the whole setting for it; allowed plain text. " +
        "Fix: pulumi config set --plaintext --path 'slipway:host.<name>' <value>\n",
    );
    expect(stubs.started()).toEqual([]);
  });

  test("no YAML, and no word of it is shown", async () => {
    writeFileSync(file, 'config:\n  slipway:tlsKey: "hunter2\n');
    const { code, stdout, stderr } = await shop("status", "--json");
    expect(code).toBe(1);
    expect(stderr).toContain("Pulumi.shop.yaml: can't be read, got an error in line");
    expect(stderr + stdout).not.toContain("hunter2");
    expect(JSON.parse(stdout)).toEqual({ error: expect.stringContaining("can't be read") as string });
  });

  test("a file alone names no stack", async () => {
    const { code, stderr } = await slipway("status", "--config-file", file);
    expect({ code, stderr }).toEqual({ code: 2, stderr: "slipway: --config-file needs --stack <name>\n" });
  });
});

test("what a person does carries who and why", async () => {
  const why = "errors in the basket";
  await slipway("rollout", "pause", "--stack", "local", "--reason", why);
  await slipway("allow", "1.1.0-0123abcd", "--stack", "local");
  expect(stubs.started()).toEqual([
    expect.stringMatching(/slipway-router pause --by=\w+@\S+ --reason=errors in the basket$/),
    expect.stringMatching(/slipway-router allow 1\.1\.0-0123abcd --by=\w+@\S+$/),
  ]);
  for (const reason of ["two\nlines", "x".repeat(201)]) {
    const { code, stderr } = await slipway("rollback", "--stack", "local", "--reason", reason);
    expect({ code, started: stubs.started() }).toEqual({ code: 2, started: [] });
    expect(stderr).toContain("allowed at most 200 characters on one line. Fix: slipway rollback --help");
  }
});

describe("adopt, where the state is lost altogether", () => {
  const engine = (known: string) => {
    stubs.write(
      "pulumi",
      `case "$*" in *stack\\ ls*) echo '${known}' ;; *config*) echo 'no such thing' >&2; exit 6 ;; esac`,
    );
  };
  const asked = () =>
    stubs
      .started()
      .flatMap((line) => /(stack ls|stack init .*|config)/.exec(line)?.[1]?.replace(/ --json.*/, "") ?? []);

  test("the stack is made before its configuration is asked for", async () => {
    engine("[]");
    await slipway("adopt", "--stack", "local");
    expect(asked()).toEqual(["stack ls", "stack init --no-select local", "config"]);
  });

  test("one that the state knows is not, and none for a file elsewhere", async () => {
    engine('[{"name":"organization/slipway/local"}]');
    await slipway("adopt", "--stack", "local");
    expect(asked()).toEqual(["stack ls", "config"]);
    await shop("adopt");
    expect(asked()).toEqual(["config"]);
  });
});

test("several stacks have hosts: at a terminal the person is asked", async () => {
  const asked = await run("script", ["-qec", "bin/slipway rollback", "/dev/null"], env, "local\n");
  expect(asked.stdout).toContain("Several stacks have slipway:host: local, production, staging");
  expect(asked.stdout).toContain("Type the name of one: ");
  expect(stubs.started()[0]).toMatch(/^docker exec ape-2026-local-controller slipway-router rollback --by=\w+@\S+$/);
  const mistyped = await run("script", ["-qec", "bin/slipway rollback", "/dev/null"], env, "locla\n");
  expect({ code: mistyped.code, started: stubs.started() }).toEqual({ code: 2, started: [] });
  expect(mistyped.stdout).toContain("locla is no stack with a file; did you mean local;");
});

test("after make down it is said how the stack comes up again, in one line", async () => {
  const none = 'echo "Error response from daemon: No such container: shop-shop-controller" >&2; exit 1';
  stubs.write("ssh", none);
  declare({ "slipway:service": "shop", "slipway:host": server("first.example") });
  const { code, stdout, stderr } = await shop("status");
  expect(stdout).toContain("\nlive     could not be asked: slipway:host: its rollout controller is not there: ");
  expect({ code, stderr }).toEqual({
    code: 3,
    stderr:
      "slipway:host: its rollout controller is not there: nothing of this stack is up, or somebody removed it, " +
      "got no container shop-shop-controller at ssh://deploy@first.example:22. " +
      "Fix: make up STACK=shop; or name another stack with --stack\n",
  });
});

test.each(["is not running", "is restarting, wait until the container is running"])(
  "a controller that %s is said with what to do",
  async (how) => {
    stubs.write("ssh", `echo "Error response from daemon: Container 4f${"0".repeat(62)} ${how}" >&2; exit 1`);
    declare({ "slipway:service": "shop", "slipway:host": server("first.example") });
    const { code, stderr } = await shop("status");
    expect(code).toBe(3);
    expect(stderr).toBe(
      "slipway:host: its rollout controller does not run: it ended, or somebody stopped it, got shop-shop-controller at " +
        "ssh://deploy@first.example:22. Fix: docker start shop-shop-controller there; make up STACK=shop does so too. " +
        "docker logs shop-shop-controller says why it ended\n",
    );
  },
);

test("a paused controller is said with what to do", async () => {
  const text =
    "Error response from daemon: Container shop-shop-controller is paused, unpause the container before exec";
  stubs.write("ssh", `echo "${text}" >&2; exit 1`);
  declare({ "slipway:service": "shop", "slipway:host": server("first.example") });
  const { code, stderr } = await shop("status");
  expect(code).toBe(3);
  expect(stderr).toContain(
    "its rollout controller is paused, got shop-shop-controller at ssh://deploy@first.example:22. Fix: docker unpause",
  );
});

test("a controller of another version that does not know a command is said in one line, without its usage", async () => {
  const usage = "usage: slipway-router <command>\n  ledger   what each slot holds";
  stubs.write("ssh", `printf '%s\\n' '${usage}' >&2; exit 2`);
  declare({ "slipway:service": "shop", "slipway:host": server("first.example") });
  const { code, stderr } = await shop("unlock");
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr:
      "slipway:host: its rollout controller does not know this command, got one of another version than this slipway at " +
      "ssh://deploy@first.example:22. Fix: make up STACK=shop, which brings it up to date\n",
  });
});
