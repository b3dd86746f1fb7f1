import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { rollbackItem } from "../../../checklist/items/rollback.ts";
import { emptyLedger, otherSlot, type Ledger, type Release } from "../../../router/ledger.ts";
import { diagnose } from "../support/diagnose.ts";
import { fakeHost, saying, type Said } from "../support/fake-host.ts";

const today = new Date("2026-11-27T08:00:00Z");

describe("without a drill it looks when somebody last went back", () => {
  const rollback = {
    rollout: 7,
    kind: "rollback",
    verdict: "promoted",
    release: "1.0.0-a",
    endedAt: "2026-11-01T08:00:00Z",
  };
  const look = (rollouts: readonly object[], stack = "staging") =>
    diagnose(rollbackItem({ stack, today, hosts: [saying({ stdout: JSON.stringify(rollouts) })] }));
  const fix = / → slipway checklist --stack staging --only rollback --drill$/;

  test("lately is proven", async () => {
    expect(await look([rollback, { ...rollback, rollout: 8, kind: "release" }])).toEqual({
      outcome: "proven",
      says: "",
    });
  });

  test.each([
    ["never", [{ ...rollback, kind: "release" }], /nobody ever rolled back at/],
    ["only what an update undid", [{ ...rollback, kind: "undo" }], /nobody ever rolled back at/],
    [
      "too long ago",
      [{ ...rollback, endedAt: "2026-10-20T08:00:00Z" }],
      /the last rollback \(rollout 7\) is 38 days old/,
    ],
    [
      "the last one did not hold",
      [rollback, { ...rollback, rollout: 9, verdict: "rejected" }],
      /rollout 9, .* did not hold/,
    ],
  ])("broken: %s", async (_, rollouts, says) => {
    const found = await look(rollouts);
    expect(found.outcome).toBe("broken");
    expect(found.says).toMatch(says);
    expect(found.says).toMatch(fix);
  });

  test("in production that nobody went back yet is no fault; the drill is staging's", async () => {
    const found = await look([], "production");
    expect(found.outcome).toBe("could-not-look");
    expect(found.says).toMatch(fix);
  });

  test("could not look: the controller is away", async () => {
    const hosts = [saying({ code: 1, stderr: "No such container" })];
    expect((await diagnose(rollbackItem({ stack: "staging", today, hosts }))).outcome).toBe("could-not-look");
  });
});

describe("the drill", () => {
  let server: Server;
  let status: number;
  let requests = 0;
  beforeAll(async () => {
    server = createServer((_, response) => {
      requests += 1;
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => server.close());
  beforeEach(() => {
    status = 200;
    requests = 0;
  });

  const release = (id: string): Release => ({ id, version: id, image: "i", fingerprint: "f", replicas: 1 });
  const holding = (blue: string, green: string): Ledger => ({
    ...emptyLedger,
    rollout: 2,
    live: "green",
    slots: { blue: { release: release(blue), state: "holds" }, green: { release: release(green), state: "holds" } },
  });

  /** A controller by its ledger alone. */
  function controller(begin: Ledger, fails: (words: string, ledger: Ledger) => Said | undefined = () => undefined) {
    let ledger = begin;
    const commands: string[] = [];
    const host = fakeHost((text) => {
      const words = text.replace(/^docker exec \S+ slipway-router /, "");
      const failure = fails(words, ledger);
      if (failure) return failure;
      if (words === "ledger") return { stdout: JSON.stringify(ledger) };
      commands.push(words.replace(/ '?--.*$/, ""));
      if (words.startsWith("rollback") && ledger.live) {
        const left = ledger.slots[ledger.live].release?.id ?? "";
        const live = otherSlot(ledger.live);
        const withdrawn =
          left === ledger.slots[live].release?.id ? [] : [{ release: left, by: "me", reason: "drill", at: "" }];
        ledger = { ...ledger, live, withdrawn: [...withdrawn, ...ledger.withdrawn] };
      }
      const [, allowed] = /^allow (\S+)/.exec(words) ?? [];
      ledger = { ...ledger, withdrawn: ledger.withdrawn.filter((each) => each.release !== allowed) };
      return {};
    });
    return { host, commands, ledger: () => ledger };
  }
  const drill = (hosts: Parameters<typeof rollbackItem>[0]["hosts"], stack = "staging") =>
    diagnose(
      rollbackItem({
        stack,
        today,
        hosts,
        drill: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, by: "me" },
      }),
    );

  test("goes there and back, allows what it withdrew, and releases nothing", async () => {
    const { host, commands, ledger } = controller(holding("1.0.0-a", "1.1.0-b"));
    expect(await drill([host])).toEqual({ outcome: "proven", says: "" });
    expect(commands).toEqual(["rollback", "allow 1.1.0-b", "rollback", "allow 1.0.0-a"]);
    expect(ledger()).toMatchObject({ live: "green", withdrawn: [] });
    expect(requests).toBeGreaterThan(1);
  });

  test("what a person withdrew stays withdrawn", async () => {
    const by = { release: "0.9.0-x", by: "jane", reason: "bad", at: "" };
    const { host, ledger } = controller({ ...holding("1.0.0-a", "1.1.0-b"), withdrawn: [by] });
    await drill([host]);
    expect(ledger().withdrawn).toEqual([by]);
  });

  test("with one release in both slots the traffic moves all the same", async () => {
    const { host, commands } = controller(holding("1.0.0-a", "1.0.0-a"));
    expect((await drill([host])).outcome).toBe("proven");
    expect(commands).toEqual(["rollback", "rollback"]);
  });

  test("broken: a request fails meanwhile", async () => {
    const failing = controller(holding("1.0.0-a", "1.1.0-b"), (words) => {
      if (words.startsWith("rollback")) status = 503;
      return undefined;
    });
    const found = await drill([failing.host]);
    expect(found.outcome).toBe("broken");
    expect(found.says).toMatch(/^\d+ of \d+ requests failed meanwhile: status 503 → slipway logs --stack staging$/);
    expect(failing.ledger().live).toBe("green");
  });

  test("broken: the way there is refused, and nothing is tried after it", async () => {
    const refused = controller(holding("1.0.0-a", "1.1.0-b"), (words) =>
      words.startsWith("rollback") ? { code: 1, stderr: "release 1.0.0-a: rejected, it is not healthy" } : undefined,
    );
    const found = await drill([refused.host]);
    expect(found).toMatchObject({
      outcome: "broken",
      says: expect.stringContaining("(there) failed: release 1.0.0-a: rejected") as string,
    });
    expect(refused.commands).toEqual([]);
  });

  test("broken: the way back fails, and the fix comes back by hand", async () => {
    const stranded = controller(holding("1.0.0-a", "1.1.0-b"), (words, { live }) =>
      words.startsWith("rollback") && live === "blue" ? { code: 1, stderr: "rejected" } : undefined,
    );
    const found = await drill([stranded.host]);
    expect(found.outcome).toBe("broken");
    expect(found.says).toContain("→ slipway allow 1.1.0-b --stack staging; slipway rollback --stack staging");
  });

  const untouched: [string, Ledger][] = [
    [
      "no standby",
      {
        ...holding("1.0.0-a", "1.1.0-b"),
        slots: { ...holding("a", "1.1.0-b").slots, blue: { release: null, state: "empty" } },
      },
    ],
    [
      "a standby that is not ready",
      {
        ...holding("1.0.0-a", "1.1.0-b"),
        slots: { ...holding("a", "1.1.0-b").slots, blue: { release: release("1.0.0-a"), state: "preparing" } },
      },
    ],
    ["nothing live", emptyLedger],
    [
      "a withdrawn standby",
      { ...holding("1.0.0-a", "1.1.0-b"), withdrawn: [{ release: "1.0.0-a", by: "jane", reason: "bad", at: "" }] },
    ],
  ];
  test.each(untouched)("could not look: %s, and no host is touched", async (_, ledger) => {
    const [good, bad] = [controller(holding("1.0.0-a", "1.1.0-b")), controller(ledger)];
    const found = await drill([good.host, bad.host]);
    expect(found.outcome).toBe("could-not-look");
    expect(found.says).toContain("no traffic was moved");
    expect([good.commands, bad.commands]).toEqual([[], []]);
  });

  test("could not look: the service does not answer before, and in production nothing is ever moved", async () => {
    const { host, commands } = controller(holding("1.0.0-a", "1.1.0-b"));
    expect((await drill([host], "production")).outcome).toBe("could-not-look");
    status = 503;
    expect((await drill([host])).outcome).toBe("could-not-look");
    expect(commands).toEqual([]);
  });
});
