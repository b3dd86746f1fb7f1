import { expect, test } from "vitest";
import { sshAccess } from "../../../checklist/items/ssh-access.ts";
import { diagnose } from "../support/diagnose.ts";
import { fakeHost, saying, type Said } from "../support/fake-host.ts";

const facts = (changes: Readonly<Record<string, string>> = {}) =>
  Object.entries({
    os: "debian 12",
    family: "debian",
    machine: "x86_64",
    freeMegabytes: "9000",
    engine: "24.0",
    clockSeconds: String(Date.now() / 1_000),
    ...changes,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
const look = (survey: Said, docker: Said = {}) =>
  diagnose(
    sshAccess([fakeHost((text) => (text.startsWith("docker info") ? docker : survey))], "make up STACK=staging"),
  );

test("a host that lets its deploy user in and has Docker is proven", async () => {
  expect(await look({ stdout: facts() })).toEqual({ outcome: "proven", says: "" });
});

test.each([
  [
    "another host key",
    { code: 255, stderr: "Host key verification failed." },
    /hostKey: is not the key .* → find out why/,
  ],
  ["a full disk", { stdout: facts({ freeMegabytes: "12" }) }, /no room for a release.* → docker image prune/],
  ["a wrong clock", { stdout: facts({ clockSeconds: "1000" }) }, /clock that is wrong.* → timedatectl set-ntp true/],
])("broken: %s", async (_, survey, says) => {
  const found = await look(survey);
  expect(found.outcome).toBe("broken");
  expect(found.says).toMatch(says);
});

test("broken: its Docker does not answer", async () => {
  expect(await look({ stdout: facts() }, { code: 1, stderr: "permission denied" })).toEqual({
    outcome: "broken",
    says: "Docker does not answer at ssh://slipway@api.example:22: permission denied → make up STACK=staging, or start Docker there",
  });
});

test("broken: a host that is not prepared yet, and one that lets nobody in", async () => {
  const denied = { code: 255, stderr: "Permission denied (publickey)." };
  const bare = fakeHost((_, { asRoot }) => (asRoot ? { stdout: facts({ engine: "" }) } : denied));
  expect(await diagnose(sshAccess([bare], "make up"))).toMatchObject({
    outcome: "broken",
    says: expect.stringContaining("make up, which prepares it") as string,
  });
  expect(await diagnose(sshAccess([saying(denied)], "make up"))).toMatchObject({
    outcome: "broken",
    says: expect.stringContaining("~/.ssh/authorized_keys") as string,
  });
});

test.each(["Connection refused", "Connection timed out", "Could not resolve hostname"])(
  "who can't get there says nothing for or against it: %s",
  async (words) => {
    const found = await look({ code: 255, stderr: `ssh: connect to host api.example port 22: ${words}` });
    expect(found.outcome).toBe("could-not-look");
    expect(found.says).toContain("start it, or look at its firewall");
  },
);

test("of several hosts one that is broken is enough, and the others are looked at", async () => {
  const hosts = [saying({ code: 255, stderr: "Host key verification failed." }), saying({ stdout: facts() })];
  expect((await diagnose(sshAccess(hosts, "make up"))).outcome).toBe("broken");
});
