import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { settingsPage } from "../../docs/render.ts";

const committed = () => readFile(new URL("../../docs/settings.md", import.meta.url), "utf8");

test("the settings page is what the catalog and the schema say", async () => {
  expect(await committed(), "run npm run docs").toBe(await settingsPage());
});

test("it tells of every part of a setting what is allowed and what it is by default", async () => {
  const page = await committed();
  expect(page).toMatch(/^\| `slipway:profile.watchSeconds` +\| whole number, 0 to 86400 +\| `300` +\|$/m);
  expect(page).toMatch(/^\| `slipway:notices.email.host` +\| a server's name or IP address +\| none, needed +\|$/m);
  expect(page).toMatch(
    /^\| `slipway:secrets.<name>` +\| secret text; the name: lower-case letters, digits and dashes +\| none +\|$/m,
  );
});
