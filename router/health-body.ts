import type { Field } from "./field.ts";

/** What a good answer says: text that is in it, or a part of its JSON. */
export type HealthBody = string | Readonly<Record<string, unknown>>;

/** In the proxy's configuration it stands between single quotes. */
const bodyText = /^[\x21-\x26\x28-\x7e]([\x20-\x26\x28-\x7e]{0,198}[\x21-\x26\x28-\x7e])?$/;
const maxJsonLength = 1_000;

/** In words, for messages. */
export const allowedBody =
  'text of 1 to 200 printable ASCII characters without single quotes, or a part of the JSON such as {"status":"UP"}, at most 1000 characters';

export const isHealthBody = (value: unknown): value is HealthBody =>
  typeof value === "string"
    ? bodyText.test(value)
    : typeof value === "object" &&
      value !== null &&
      !Array.isArray(value) &&
      Object.keys(value).length > 0 &&
      JSON.stringify(value).length <= maxJsonLength;

/** @throws InvalidInput */
export const readHealthBody = (field: Field): HealthBody =>
  isHealthBody(field.value) ? field.value : field.fail(allowedBody);

/** What is missing in an answer's body, in words; null if nothing is. */
export function bodyProblem(body: string, wanted: HealthBody): string | null {
  if (typeof wanted === "string" ? body.includes(wanted) : holds(parsed(body), wanted)) return null;
  const said = typeof wanted === "string" ? wanted : JSON.stringify(wanted);
  return `it does not say ${said.slice(0, 64)} (slipway:health.body), got ${JSON.stringify(body.slice(0, 64))}`;
}

/** Whether a wish leaves it to the usual words what a JSON answer's `status` may say. */
export const leavesStatus = (wanted: HealthBody | undefined): boolean =>
  wanted === undefined || (typeof wanted === "object" && !("status" in wanted));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Objects may say more; lists and plain values are the same. */
function holds(got: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted))
    return JSON.stringify(got) === JSON.stringify(wanted);
  if (typeof got !== "object" || got === null || Array.isArray(got)) return false;
  return Object.entries(wanted).every(([key, value]) => holds((got as Record<string, unknown>)[key], value));
}
