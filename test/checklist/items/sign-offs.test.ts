import { expect, test } from "vitest";
import { signedItem, type SignOffArgs } from "../../../checklist/items/sign-offs.ts";
import { checklistShape, signedItems } from "../../../checklist/schema.ts";
import { diagnose } from "../support/diagnose.ts";

const today = new Date("2026-11-27T08:00:00Z");
const signed = { item: "training", by: "jane-doe", reason: "two sessions", until: "2027-02-25" } as const;
const owners = () => Promise.resolve((login: string) => login === "jane-doe");
const look = (
  signOffs: SignOffArgs["signOffs"],
  askSigners: SignOffArgs["askSigners"] = owners,
  name: SignOffArgs["name"] = "training",
) => diagnose(signedItem({ stack: "staging", name, signOffs, askSigners, today }));

test("an owner's signature proves the item to its last day", async () => {
  expect(await look([signed])).toEqual({ outcome: "proven", says: "" });
  expect((await look([{ ...signed, until: "2026-11-27" }])).outcome).toBe("proven");
});

const faults: [string, SignOffArgs["signOffs"], RegExp][] = [
  [
    "nobody signed",
    [],
    /nobody has signed → add \{item: training, .* until: "2027-02-25"\} to slipway:checklist.signOffs in Pulumi.staging.yaml/,
  ],
  ["somebody signed another item", [{ ...signed, item: "documentation" }], /nobody has signed/],
  [
    "it has ended",
    [{ ...signed, until: "2026-11-26" }],
    /signOffs\[0\]: what jane-doe signed ended on 2026-11-26 → put \{item: training/,
  ],
  ["it reaches too far", [{ ...signed, until: "2027-02-26" }], /may reach to 2027-02-25 at most, 90 days ahead/],
  ["a stranger signed", [{ ...signed, by: "mallory" }], /mallory neither owns code .* → have an owner sign/],
];
test.each(faults)("broken: %s", async (_, signOffs, says) => {
  const found = await look(signOffs);
  expect(found.outcome).toBe("broken");
  expect(found.says).toMatch(says);
});

test.each(signedItems)("%s is diagnosed like the other one", async (name) => {
  const other = name === "training" ? "documentation" : "training";
  for (const [, signOffs, says] of faults) {
    const own = signOffs.map((signOff) => ({ ...signOff, item: signOff.item === "training" ? name : other }) as const);
    const found = await look(own, owners, name);
    expect(found.outcome).toBe("broken");
    expect(found.says.replace(`item: ${name}`, "item: training")).toMatch(says);
  }
});

test("one good signature among others is enough", async () => {
  expect((await look([{ ...signed, by: "mallory" }, { ...signed, until: "2026-01-01" }, signed])).outcome).toBe(
    "proven",
  );
});

test("where GitHub can't say who may sign, nothing is proven", async () => {
  const found = await look([signed], () => Promise.reject(new Error("GITHUB_TOKEN is not set")));
  expect(found).toMatchObject({ outcome: "could-not-look" });
});

test.each([
  ["until no date", { ...signed, until: "soon" }],
  ["no reason", { ...signed, reason: "" }],
  ["two lines", { ...signed, reason: "a\nb" }],
  ["an item that probes prove", { ...signed, item: "hooks" }],
  ["no login", { ...signed, by: "Jane Doe" }],
  ["a word more", { ...signed, note: "x" }],
])("malformed is refused: %s", (_, signOff) => {
  expect(checklistShape.checklist.safeParse({ signOffs: [signOff] }).success).toBe(false);
  expect(checklistShape.checklist.safeParse({ signOffs: [signed] }).success).toBe(true);
});
