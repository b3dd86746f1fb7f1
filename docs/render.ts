import { readFile, writeFile } from "node:fs/promises";
import { format, resolveConfig } from "prettier";
import { parse } from "yaml";
import { renderSettingsPage, type ProjectSetting } from "../settings/settings-page.ts";

/** `npm run docs`: the pages that are made from code. */
const root = new URL("..", import.meta.url);

/** The settings page as it has to be now. */
export async function settingsPage(): Promise<string> {
  const project = parse(await readFile(new URL("Pulumi.yaml", root), "utf8")) as {
    config: Record<string, ProjectSetting>;
  };
  const style = await resolveConfig(new URL("Pulumi.yaml", root));
  return format(renderSettingsPage(project.config), { ...style, parser: "markdown" });
}

if (import.meta.main) await writeFile(new URL("docs/settings.md", root), await settingsPage());
