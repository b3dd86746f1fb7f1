import { readFile, writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";
import { parse, stringify } from "yaml";
import { renderSettingsPage } from "../settings/settings-page.ts";
import { renderRoomsPage } from "./rooms-page.ts";

/** `npm run docs`: the pages that are made from code. */
const root = new URL("..", import.meta.url);

/** The settings page as it has to be now. */
export async function settingsPage(): Promise<string> {
  const file = await readFile(new URL("docs/settings-examples.yaml", root), "utf8");
  const examples = Object.entries((parse(file) as { config: Record<string, unknown> }).config);
  const shown = examples.map(([key, value]) => [
    key.replace("slipway:", ""),
    stringify({ [key]: value }, { lineWidth: 0 }).trim(),
  ]);
  return formatted(renderSettingsPage(Object.fromEntries(shown) as Record<string, string>));
}

/** The page of rooms as it has to be now. */
export const roomsPage = async (): Promise<string> => formatted(await renderRoomsPage(root));

async function formatted(page: string): Promise<string> {
  return format(page, { ...(await resolveConfig(new URL("Pulumi.yaml", root))), parser: "markdown" });
}

if (import.meta.main) {
  await writeFile(new URL("docs/settings.md", root), await settingsPage());
  await writeFile(new URL("docs/rooms.md", root), await roomsPage());
}
