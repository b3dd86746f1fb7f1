import { expect, test, vi } from "vitest";
import { checklistItems } from "../../checklist/items.ts";
import { itemNames, longestLookSeconds, proven, type Item } from "../../checklist/model.ts";
import { runChecklist } from "../../checklist/run-checklist.ts";
import { githubSchema, repositorySchema } from "../../github/schema.ts";
import { settingsOf } from "../support/settings-of.ts";
import { fakeHost } from "./support/fake-host.ts";

/** All that there is to look at, on two hosts, with every test that somebody may ask for. */
function everyItem(drill: boolean): Item[] {
  const sections = {
    github: githubSchema.parse({ owner: "acme", repository: "api" }),
    repository: repositorySchema.parse({ visibility: "private", codeOwners: ["@acme/platform"] }),
    environments: [],
  };
  const host = fakeHost(() => ({}));
  const backups = { variables: { BACKUPS: "/backups" }, parts: ["postgres.dump"], copies: undefined };
  return checklistItems({
    stack: "staging",
    settings: settingsOf({ databases: { postgres: { name: "api", user: "api" } }, monitoring: { kind: "host" } }),
    hosts: [{ ...host, backups }, host],
    governance: { stack: "governance", repositories: [{ sections, environmentsElsewhere: [] }] },
    token: "",
    clone: ".",
    by: "me",
    tests: { notices: true, push: true, drill },
    makeUp: "make up",
    today: new Date(),
  });
}

test.each([false, true])(
  "all items are over within a minute, as each probe is and all look side by side; a drill alone takes longer: %s",
  async (drill) => {
    vi.useFakeTimers();
    const over: string[] = [];
    const hanging = everyItem(drill).map((item) => ({
      ...item,
      probes: item.probes.map((probe) => ({ ...probe, look: () => new Promise<never>(() => undefined) })),
    }));
    const results = runChecklist(hanging, { isMending: true, onDone: ({ name }) => over.push(name) });
    await vi.advanceTimersByTimeAsync(longestLookSeconds * 1_000);
    expect(longestLookSeconds).toBeLessThan(60);
    expect(over.sort()).toEqual(itemNames.filter((name) => !drill || name !== "rollback").toSorted());
    await vi.runAllTimersAsync();
    vi.useRealTimers();
    expect((await results).map(({ name }) => name)).toEqual(itemNames);
  },
);

test("a probe that mends has no more time than one that only looks", async () => {
  vi.useFakeTimers();
  const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 0.6 * longestLookSeconds * 1_000));
  const look = async () => {
    await slow();
    return [{ ...proven("no"), outcome: "broken" as const }];
  };
  const item: Item = { name: "hooks", setting: "slipway:host", probes: [{ name: "p", look, mend: slow }] };
  const results = runChecklist([item], { isMending: true });
  await vi.advanceTimersByTimeAsync(longestLookSeconds * 1_000);
  vi.useRealTimers();
  expect((await results)[0]?.evidence[0]?.findings[0]?.detail).toBe(`no answer within ${longestLookSeconds} s`);
});
