import { createHash } from "node:crypto";
import { afterEach, expect, it } from "vitest";
import { TestHost } from "./support/host.ts";
import { release } from "./support/samples.ts";
import { until } from "./support/until.ts";

let host: TestHost;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await host.stop();
});

const ask = async (path = "/", headers: Record<string, string> = {}) => {
  const answer = await fetch(`${host.url}${path}`, { headers });
  return { status: answer.status, retry: answer.headers.get("retry-after"), text: await answer.text() };
};
const pass = "open sesame";
const hash = createHash("sha256").update(pass).digest("hex").toUpperCase();
const hand = ["--by=ada", "--reason=moves the database"];

it("users get 503, testers the service; a release goes out behind it, and no restart opens it", async () => {
  host = await TestHost.start({ preview: { header: "x-slot", cookie: null } }, { "preview-secret": "s3cret" });
  expect(await host.release("blue", release("1.0.0"))).toMatchObject({ code: 0 });
  const before = await host.tagOnDisk();
  expect(await host.run(["close", `--pass=${hash}`, ...hand])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^closed for maintenance by ada at \S+: moves the database\n$/) as string,
  });
  // No reload was needed.
  expect(await host.tagOnDisk()).toBe(before);
  const isClosed = async () => {
    expect(await ask()).toEqual({
      ...{ status: 503, retry: "60", text: "closed for maintenance: please come back in a few minutes" },
    });
    expect(await ask("/", { "x-slipway-pass": "wrong" })).toMatchObject({ status: 503 });
    for (const headers of [
      { "x-slipway-pass": pass },
      { cookie: `a=b; slipway-pass=${pass}` },
      { "x-slot": "blue.s3cret" },
    ])
      expect(await ask("/", headers as unknown as Record<string, string>), JSON.stringify(headers)).toMatchObject({
        status: 200,
      });
    expect(await ask("/health?x=1")).toMatchObject({ status: 404 });
    expect(await ask("/health")).toMatchObject({ status: 200 });
  };
  await isClosed();
  // By this its metrics know that it is no failure.
  expect(await host.tamper("show events requests")).toMatch(/"status":503,"server":"<NOSRV>",.*"end":"LR/);
  expect((await host.run(["status"])).stdout).toMatch(
    /^closed +for maintenance by ada at .*: moves the database; users get 503/m,
  );

  await host.kill("daemon");
  await host.kill("proxy");
  await host.startDaemon();
  await host.startProxy();
  await until("the proxy is as it was", async () => (await host.serving()).length > 0);
  await isClosed();
  expect(await host.release("green", release("1.1.0"))).toMatchObject({ code: 0 });
  await isClosed();

  expect(await host.run(["open"])).toMatchObject({ code: 0 });
  expect(await ask()).toMatchObject({ status: 200 });
  expect(await host.run(["open"])).toMatchObject({ code: 0 });
  const record = JSON.parse((await host.run(["record", "2"])).stdout) as object;
  expect(record).toMatchObject({ hands: [{ command: "open" }] });
});

it("users see the page that somebody gave, the next time too; one that is too large is refused", async () => {
  host = await TestHost.start();
  await host.release("blue", release("1.0.0"));
  const page = `<h1>Back at noon</h1>${"x".repeat(12_000)}`;
  const given = await host.run(["close", "--page", ...hand], page);
  expect(given).toMatchObject({ code: 0, stderr: "" });
  expect(await ask()).toEqual({ status: 503, retry: "60", text: page });
  // Nobody has a pass.
  expect(await ask("/", { "x-slipway-pass": "on" })).toMatchObject({ status: 503 });
  await host.run(["open"]);
  expect(await ask()).toMatchObject({ status: 200 });
  await host.run(["close"]);
  expect(await ask()).toMatchObject({ status: 503, text: page });
  expect(await host.run(["close", "--page"], "x".repeat(12 * 1024 + 1))).toMatchObject({
    code: 1,
    stderr: "options.page: is too large, got 12289 bytes; allowed 12288. Fix: put what makes it large elsewhere\n",
  });
  expect(await host.run(["open", "--page"])).toMatchObject({ code: 2 });
});
