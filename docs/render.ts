import { writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";
import { renderSettingsPage } from "../settings/settings-page.ts";
import { renderRoomsPage } from "./rooms-page.ts";

/** `npm run docs`: the pages that are made from code. */
const root = new URL("..", import.meta.url);

/** The settings page as it has to be now. */
export const settingsPage = async (): Promise<string> => formatted(renderSettingsPage());

/** The page of rooms as it has to be now. */
export const roomsPage = async (): Promise<string> => formatted(await renderRoomsPage(root));

async function formatted(page: string): Promise<string> {
  return format(page, { ...(await resolveConfig(new URL("Pulumi.yaml", root))), parser: "markdown" });
}

if (import.meta.main) {
  await writeFile(new URL("docs/settings.md", root), await settingsPage());
  await writeFile(new URL("docs/rooms.md", root), await roomsPage());
}
