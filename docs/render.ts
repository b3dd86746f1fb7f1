import { readFile, writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";
import { parse, stringify } from "yaml";
import { renderSettingsPage, type ProjectSetting } from "../settings/settings-page.ts";
import { renderRoomsPage } from "./rooms-page.ts";

/** `npm run docs`: the pages that are made from code. */
const root = new URL("..", import.meta.url);

/** The settings page as it has to be now. */
export async function settingsPage(): Promise<string> {
  const project = await configIn<ProjectSetting>("Pulumi.yaml");
  const examples = Object.entries(await configIn<unknown>("docs/settings-examples.yaml"));
  const shown = examples.map(([key, value]) => [
    key.replace("slipway:", ""),
    stringify({ [key]: value }, { lineWidth: 0 }).trim(),
  ]);
  return formatted(renderSettingsPage(project, Object.fromEntries(shown) as Record<string, string>));
}

const configIn = async <T>(file: string) =>
  (parse(await readFile(new URL(file, root), "utf8")) as { config: Record<string, T> }).config;

/** The page of rooms as it has to be now. */
export const roomsPage = async (): Promise<string> => formatted(await renderRoomsPage(root));

async function formatted(page: string): Promise<string> {
  return format(page, { ...(await resolveConfig(new URL("Pulumi.yaml", root))), parser: "markdown" });
}

if (import.meta.main) {
  await writeFile(new URL("docs/settings.md", root), await settingsPage());
  await writeFile(new URL("docs/rooms.md", root), await roomsPage());
}
