import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { servicesOfPage, type PageService } from "../support/five-services.ts";
import { killedAt, working } from "../support/killed-update.ts";
import { needs } from "../support/needs.ts";
import { removeEverything } from "../support/on-host.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { allServices } from "../support/run/knobs.ts";
import { leasePorts, leaseSubnet } from "../support/run/lease.ts";
import { succeeded } from "../support/succeeded.ts";

/**
 * The services of docs/five-services.md, each from that page alone. Different is only how fast traffic moves, where the stack is on this machine,
 * and the base images: those that the machine has stand for public ones.
 */
const bases: Readonly<Record<string, string>> = {
  "node:24-slim": "slipway/node:local",
  "python:3.11-slim": "slipway/python:local",
  // The one that has Java.
  "eclipse-temurin:21": "slipway/neo4j:local",
};
const stockImages = Object.fromEntries(["node", "haproxy", "postgres"].map((part) => [part, `slipway/${part}:local`]));

/** Each is done by some service; `make soak` has all do all. The last one leaves broken code. */
const deeds = ["release", "rollback", "kill", "restore", "bad release"] as const;
interface Tried {
  readonly does: readonly (typeof deeds)[number][];
  /** What makes it unhealthy: a text of the page, and what takes its place. */
  readonly breaks: readonly [string, string];
  /** What the page says to do before. */
  readonly before?: (folder: string) => void;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Its data, where it has some: what is seen of them, and a change. */
  readonly data?: Readonly<Record<"seen" | "changed", (prefix: string) => string>>;
}
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
const sql = (prefix: string, text: string) =>
  docker("exec", `${prefix}-postgres`, "psql", "-U", "guests", "-d", "guests", "-qtAc", text);
const tried: Readonly<Record<string, Tried>> = {
  prices: { does: ["kill"], breaks: ["isWarm ? 200 : 503", "503"] },
  orders: { does: ["bad release"], breaks: ['\\"status\\":\\"UP\\"', '\\"status\\":\\"DOWN\\"'] },
  guests: {
    does: ["release", "rollback"],
    breaks: ["status=200", "status=500"],
    secrets: { "secrets.django-key": "0123456789abcdef" },
    data: {
      seen: (prefix) => sql(prefix, "SELECT count(*) FROM guests_guest"),
      changed: (prefix) => sql(prefix, "INSERT INTO guests_guest (name) VALUES ('nobody')"),
    },
  },
  clock: {
    does: ["release", "rollback"],
    breaks: ["w.WriteHeader(204)", "w.WriteHeader(500)"],
    before: (cwd) =>
      execFileSync(needs("go", "golang-go"), ["build", "-o", "server", "."], {
        cwd,
        env: { ...process.env, CGO_ENABLED: "0" },
      }),
  },
  wiki: {
    does: ["restore", "bad release"],
    breaks: ["writeHead(302", "writeHead(500"],
    data: {
      seen: (prefix) => docker("exec", `${prefix}-blue-1`, "cat", "/var/lib/wiki/start"),
      changed: (prefix) => docker("exec", `${prefix}-blue-1`, "sh", "-c", "echo nonsense > /var/lib/wiki/start"),
    },
  },
};

const stacks: [string, PulumiStack][] = [];
afterAll(() => {
  for (const [name, stack] of stacks) {
    removeEverything(name);
    stack.remove();
  }
});

const pages = servicesOfPage().map((page) => ({
  page,
  title: page.title,
  config: Object.fromEntries(
    Object.entries((parse(page.stack) as { readonly config: Readonly<Record<string, unknown>> }).config).map(
      ([key, value]) => [key.replace("slipway:", ""), value],
    ),
  ),
}));

test("there is a word here for each service of the page", () => {
  expect(pages.map(({ config }) => config.service)).toEqual(Object.keys(tried));
});

describe.each(pages)("$title", ({ page, config }) => {
  const service = String(config.service);
  const { does, breaks, before, secrets, data } = tried[service] ?? { does: [], breaks: ["", ""] };
  const name = own(service);
  const prefix = `${service}-${name}`;
  let stack: PulumiStack;
  let url: string;
  let source: string;
  const answer = async () => (await fetch(url)).text();
  const write = (replaced?: readonly [string, string]) => {
    writeService(source, page, replaced);
    before?.(source);
  };

  test("first release", async () => {
    const port = String(await leasePorts());
    const subnet = `${await leaseSubnet()}.0/24`;
    const pace = { profile: { kind: "instant", pauseSeconds: 0, watchSeconds: 0 } };
    url = `http://127.0.0.1:${port}/`;
    stack = new PulumiStack(name, { config: { ...config, ...pace, stockImages } });
    stacks.push([name, stack]);
    source = join(stack.folder, "source");
    write();
    const place = { subnet, listenPort: port, "backups.directory": join(stack.folder, "backups") };
    await stack.init({ "image.build": source, ...place });
    for (const [key, value] of Object.entries(secrets ?? {})) await stack.setSecret(key, value);
    succeeded(await stack.up());
    expect(await answer()).toContain(`${service} 1.0.0`);
  });

  const all = deeds.filter((deed) => (allServices() ? deed !== "restore" || data : does.includes(deed)));
  test.each(all)("%s", async (deed) => {
    const live = async () => ((await stack.outputs()).live as { readonly version: string }).version;
    const had = await live();
    switch (deed) {
      case "release":
        succeeded(await stack.up("-c", "slipway:version=1.1.0"));
        expect(await answer()).toContain(`${service} 1.1.0`);
        break;
      case "rollback":
        succeeded(await stack.slipway("rollback"));
        expect(await answer()).toContain(`${service} 1.0.0`);
        break;
      case "kill": {
        // After a rollback by hand the state says what it brought last.
        const was = await answer();
        await stack.set({ version: "1.3.0" });
        await killedAt(stack, async () => (await working(stack)).some((part) => /^api-(blue|green)-1$/.test(part)));
        expect(await answer()).toBe(was);
        succeeded(await stack.up());
        expect(await answer()).toContain(`${service} 1.3.0`);
        break;
      }
      case "restore": {
        const was = data?.seen(prefix);
        succeeded(await stack.up("-c", "slipway:version=1.4.0"));
        const ledger = docker("exec", `${prefix}-controller`, "slipway-router", "ledger");
        data?.changed(prefix);
        expect(data?.seen(prefix)).not.toBe(was);
        const { rollout } = JSON.parse(ledger) as { readonly rollout: number };
        succeeded(await stack.slipway("restore", String(rollout), "--yes"));
        expect(data?.seen(prefix)).toBe(was);
        expect(await answer()).toContain(`${service} 1.4.0`);
        break;
      }
      case "bad release": {
        const was = await answer();
        await stack.set({ "health.gateSeconds": "10" });
        write(breaks);
        const { code, output } = await stack.up("-c", "slipway:version=1.2.0");
        expect(code, output).toBe(1);
        expect(output).toMatch(/release 1\.2\.0-\w+: rejected/);
        expect(await answer()).toBe(was);
        expect(await live()).toBe(had);
      }
    }
  });
});

/** @param replaced what is written otherwise than on the page */
function writeService(folder: string, { files }: PageService, replaced?: readonly [string, string]): void {
  const texts = Object.entries(files).map(([path, text]): [string, string] => [
    path,
    replaced ? text.replace(...replaced) : text,
  ]);
  if (replaced) expect(texts.some(([path, text]) => text !== files[path])).toBe(true);
  for (const [path, text] of texts) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(
      join(folder, path),
      text.replace(/^FROM (\S+)/gm, (line, base: string) =>
        base === "scratch" ? line : `FROM ${bases[base] ?? base}`,
      ),
    );
  }
}
