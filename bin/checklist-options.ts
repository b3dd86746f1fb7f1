import { itemNames, type ItemName } from "../checklist/model.ts";
import { oneValue } from "./command.ts";
import { wrongValue } from "./command-problem.ts";

/** How a checklist can be printed. */
const formats = ["text", "markdown", "json", "junit", "sarif"] as const;
export type Format = (typeof formats)[number];

/** An item that is left out, and why. */
export type Skip = readonly [item: ItemName, reason: string];

/** @throws InvalidArgumentError */
export function formatName(text: string, before?: string): Format {
  const given = oneValue(text, before);
  const format = formats.find((each) => each === given);
  if (format !== undefined) return format;
  throw wrongValue("is no format", formats.join(", "));
}

/** Names of items, a comma between them. @throws InvalidArgumentError */
export const itemList = (text: string, before?: readonly ItemName[]): readonly ItemName[] =>
  oneValue(text, before?.join()).split(",").map(itemName);

/** May be given several times. @throws InvalidArgumentError */
export function skipsAnd(text: string, before: readonly Skip[] = []): readonly Skip[] {
  const [, name = text, reason = ""] = /^([^=]*)=\s*(.*\S)\s*$/su.exec(oneValue(text)) ?? [];
  const item = itemName(name.replace(/=.*$/s, ""));
  if (reason === "") throw wrongValue("has no reason", `${item}=<why>`);
  return [...before, [item, reason]];
}

function itemName(text: string): ItemName {
  const found = itemNames.find((each) => each === text.trim());
  if (found !== undefined) return found;
  throw wrongValue("is no item of the checklist", itemNames.join(", "));
}
