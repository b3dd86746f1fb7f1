import { afterEach, expect, it } from "vitest";
import { TestHost } from "./support/host.ts";
import { release } from "./support/samples.ts";

let host: TestHost;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await host.stop();
});

it("a locked host takes no release, also from a controller that was killed, and goes back all the same", async () => {
  host = await TestHost.start();
  expect(await host.release("blue", release("1.0.0"))).toMatchObject({ code: 0 });
  expect(await host.release("green", release("1.1.0"))).toMatchObject({ code: 0 });
  const locked = await host.run(["lock", "--by=ada", "--reason=looks at an incident", "--until=2999-01-01T00:00:00Z"]);
  expect(locked).toMatchObject({ code: 0, stdout: expect.stringContaining("locked by ada at ") as string });
  expect(await host.run(["lock", "--by=bob"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("by ada") as string,
  });
  expect(await host.run(["unlock", "--until=2999-01-01T00:00:00Z"])).toMatchObject({ code: 2 });
  await host.kill("daemon");
  await host.startDaemon();
  const refused =
    /host: is locked, got by ada at .*: looks at an incident, until 2999-01-01T00:00:00Z; allowed no update/;
  expect((await host.guard("blue", release("1.2.0"))).stderr).toMatch(refused);
  expect((await host.promote("blue", release("1.0.0"))).stderr).toMatch(refused);
  expect(await host.run(["rollback"])).toMatchObject({ code: 0, stderr: "" });
  expect(await host.run(["unlock"])).toMatchObject({ code: 0 });
  const again = await host.run(["unlock"]);
  expect({ code: again.code, said: again.stdout + again.stderr }).toMatchObject({
    code: 0,
    said: expect.stringContaining("nobody had locked it") as string,
  });
  expect(await host.release("green", release("1.2.0"))).toMatchObject({ code: 0 });
});
