import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { z } from "zod";

/**
 * Values that a part of the settings' schema accepts, made from the schema itself: what a new setting may be is tried without a word here.
 *
 * @throws Error for a kind of schema that nobody has described here yet
 */
export function anyOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  return made(schema).filter((value) => z.safeParse(schema, value).success);
}

function made(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodOptional) return fc.option(anyOf(schema.unwrap()), { nil: undefined });
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return anyOf(schema.unwrap());
  if (schema instanceof z.ZodPipe) return anyOf(schema.in);
  if (schema instanceof z.ZodLiteral) return fc.constantFrom(...schema.values);
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options);
  if (schema instanceof z.ZodBoolean) return fc.boolean();
  if (schema instanceof z.ZodNumber) return anyNumber(schema);
  if (schema instanceof z.ZodUnion) return fc.oneof(...schema.options.map(anyOf));
  if (schema instanceof z.ZodArray) return anyList(schema);
  if (schema instanceof z.ZodUnknown) return fc.jsonValue({ maxDepth: 2 });
  if (schema instanceof z.ZodRecord) {
    return fc.dictionary(anyOf(schema.keyType) as fc.Arbitrary<string>, anyOf(schema.valueType), { maxKeys: 3 });
  }
  if (schema instanceof z.ZodObject) {
    const parts = Object.entries<z.core.$ZodType>(schema.def.shape);
    return fc.record(Object.fromEntries(parts.map(([key, part]) => [key, anyOf(part)])));
  }
  if (schema._zod.def.type === "string") return anyText(schema as z.ZodString);
  throw new Error(`no values are known for a ${schema._zod.def.type}`);
}

function anyNumber({ format, minValue, maxValue }: z.ZodNumber): fc.Arbitrary<number> {
  const [min, max] = [minValue ?? 0, maxValue ?? 1_000];
  if (format === "safeint") return fc.oneof(fc.constantFrom(min, max), fc.integer({ min, max }));
  return fc.oneof(fc.constantFrom(min, max), fc.double({ min, max, noNaN: true }));
}

/** Lists of numbers are shares, which rise to 100, their largest number; no other one minds. */
function anyList({ element }: z.ZodArray): fc.Arbitrary<unknown> {
  const list = fc.array(anyOf(element), { maxLength: 3 });
  if (!(element instanceof z.ZodNumber)) return list;
  return list.map((items) => [...new Set([...(items as number[]), element.maxValue ?? 100])].sort((a, b) => a - b));
}

function anyText(schema: z.ZodString): fc.Arbitrary<string> {
  const samples = [...examples, ...(schema.description ?? "").split(/[\s,:]+/)].filter(
    (text) => z.safeParse(schema, text).success,
  );
  const sources = [...patternsOf(schema).map(anyMatch), ...(samples.length > 0 ? [fc.constantFrom(...samples)] : [])];
  return fc.oneof(...(patternsOf(schema).length > 0 ? sources : [...sources, fc.string({ unit: "binary" })]));
}

const patternsOf = ({ def }: z.ZodString): RegExp[] =>
  [def, ...(def.checks ?? []).map((check) => check._zod.def)].flatMap((part) =>
    "pattern" in part && part.pattern instanceof RegExp ? [part.pattern] : [],
  );

/** No text can be made from classes by property and from looks ahead or behind: those are let go, and the schema is asked afterwards. */
const anyMatch = ({ source }: RegExp): fc.Arbitrary<string> =>
  fc.stringMatching(
    new RegExp(
      source
        .replaceAll("\\P{Cc}", ".")
        .replaceAll("^\\p{Cc}", "^\\n")
        .replace(/\(\?<?[!=][^()]*\)/g, ""),
    ),
  );

/** Texts that have meant trouble, and some of which the forms above are far from. */
const examples = [
  ...["2024.11.03", "v1.2", "main-abc1234", "20241103", "1.2.3-rc.1+build.5+more", "0", "a".repeat(111)],
  ...["https://[", "https://a:b", "https://%", "https://api.example.com", "http://[::1]:80/x"],
  ...[
    "::1",
    "FE80::1",
    "::FFFF:10.0.0.1",
    "0.0.0.0",
    "Europe/Berlin",
    "0 3 * * 1-5",
    "a@example.com",
    "'a;b'@example.com",
  ],
  generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }).toString(),
  ...["$(id)", "a\nb", "a\0b", "\ud800", "🙂", "toString", "__proto__", "constructor", "..", "-", "~/", "/"],
];
