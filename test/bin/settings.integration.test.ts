import { execFileSync, spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { describeSettings } from "../../settings/settings-page.ts";

const command = (...words: string[]) =>
  [process.execPath, ["bin/slipway.ts", "settings", "explain", ...words]] as const;
const explained = (...words: string[]) => execFileSync(...command(...words), { encoding: "utf8" });
const settings = describeSettings();

test("every setting has a line", () => {
  const lines = explained().trim().split("\n");
  expect(lines.map((line) => line.split(" ")[0])).toEqual(settings.map(({ key }) => `slipway:${key}`));
  for (const line of lines) expect(line).toMatch(/^\S+ +\S.{3,}[^.:;,(]$/);
});

test("every part of every setting has words for what is allowed and for its default", () => {
  const parts = settings.flatMap((setting) => setting.parts);
  expect(parts.length).toBeGreaterThan(150);
  for (const { path, allowed, preset } of parts)
    expect([path, allowed, preset].join(" "), path).toMatch(/^slipway:\S+ \S.* \S/);
});

test("one is told with all its parts and an example, one part of it alone", () => {
  expect(explained("profile")).toMatch(
    /^Shape of a rollout: .*\n\nslipway:profile\.kind\n {4}instant, canary, linear; by default none\n.*slipway:profile\.watchSeconds\n.*\nExample:\n {2}slipway:profile:\n/s,
  );
  const part = explained("slipway:profile.watchSeconds");
  expect(part).toContain("slipway:profile.watchSeconds\n    whole number, 0 to 86400; by default 300\n");
  expect(part).not.toContain("slipway:profile.kind\n");
  expect(explained("hosts.one.port")).toContain("slipway:hosts.<name>\n");
});

test("--json prints it as data", () => {
  expect(JSON.parse(explained("replicas", "--json"))).toEqual(settings.filter(({ key }) => key === "replicas"));
});

test.each([
  ["profil", /got profil; did you mean profile; allowed service, version, .* Fix: slipway settings explain\n$/s],
  ["profile.step", /got profile\.step; did you mean profile\.steps; allowed profile\.kind, /],
  ["profile.steps.one", /got profile\.steps\.one; .*allowed profile\.kind, /],
])("%s, which is none, is answered with what was meant", (name, said) => {
  const { status, stderr } = spawnSync(...command(name), { encoding: "utf8" });
  expect(status).toBe(2);
  expect(stderr).toMatch(said);
});
