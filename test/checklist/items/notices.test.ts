import { expect, test } from "vitest";
import { noticesItem, type NoticesArgs } from "../../../checklist/items/notices.ts";
import { diagnose } from "../support/diagnose.ts";
import { fakeHost, saying } from "../support/fake-host.ts";

const slack = { slack: {}, stuckAfterSeconds: 120 } as const;
const both = { ...slack, webhook: {} } as const;
const look = (args: Partial<NoticesArgs>) =>
  diagnose(
    noticesItem({
      stack: "staging",
      makeUp: "make up STACK=staging",
      tester: "jane@laptop",
      notices: slack,
      hosts: [],
      ...args,
    }),
  );
const told = (outcomes: object) => [saying({ stdout: `${JSON.stringify(outcomes)}\n` })];
const sent = { is: "sent" };

test("a channel whose receiver took a test notice is proven", async () => {
  const asked: string[] = [];
  const host = fakeHost((text) => {
    asked.push(text);
    return { stdout: JSON.stringify({ slack: sent }) };
  });
  expect(await look({ hosts: [host] })).toEqual({ outcome: "proven", says: "" });
  expect(asked).toEqual(["docker exec shop-staging-controller slipway-router test-notices --by=jane@laptop"]);
});

test("nobody is disturbed unasked, and then nothing is proven", async () => {
  const host = fakeHost(() => {
    throw new Error("asked");
  });
  expect(await look({ hosts: [host], tester: undefined })).toEqual({
    outcome: "could-not-look",
    says: "no test notice was asked for → slipway checklist --stack staging --only notices --test-notices, which tells everybody in slack",
  });
});

test("broken: no channel, a refusal, a channel that the host does not have", async () => {
  const none = await look({ notices: { stuckAfterSeconds: 120 }, hosts: told({}) });
  expect(none).toMatchObject({ outcome: "broken" });
  expect(none.says).toMatch(/no channel is declared → declare slack: \{\} .*slipway:noticeSecrets.slack-url/);
  const refused = await look({
    notices: both,
    hosts: told({ slack: { is: "refused", problem: "got status 404", fix: "put the address there" }, webhook: sent }),
  });
  expect(refused).toEqual({ outcome: "broken", says: "slack: got status 404 → put the address there" });
  const older = await look({ notices: both, hosts: told({ slack: sent }) });
  expect(older).toEqual({
    outcome: "broken",
    says: "webhook: declared, and the host does not have it → make up STACK=staging",
  });
});

test("could not look: a receiver that is away, a controller that is away or too old", async () => {
  const away = await look({
    hosts: told({ slack: { is: "later", problem: "got ECONNREFUSED", fix: "check that the host may reach it" } }),
  });
  expect(away).toMatchObject({
    outcome: "could-not-look",
    says: "slack: got ECONNREFUSED → check that the host may reach it",
  });
  const gone = await look({
    hosts: [saying({ code: 1, stderr: "Error: No such container: shop-staging-controller" })],
  });
  expect(gone).toMatchObject({ outcome: "could-not-look" });
  const old = await look({ hosts: [saying({ code: 2, stderr: "usage: slipway-router <command>" })] });
  expect(old).toMatchObject({
    outcome: "could-not-look",
    says: expect.stringMatching(/older than test notices → make up/) as string,
  });
});
