import { formatProblem } from "../../lib/problem.ts";
import { parseSettings, type Settings } from "../../settings/settings.ts";

/** A section `slipway:ecs`. */
export const ecsSection = {
  region: "eu-central-1",
  vpc: "vpc-0123456789abcdef0",
  publicSubnets: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
  privateSubnets: ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"],
  certificate: "arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef",
} as const;

/** The least that a stack on ECS says. */
const shop = {
  service: "shop",
  target: "ecs",
  ecs: ecsSection,
  version: "1.0.0",
  image: { name: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop" },
  url: "https://shop.example.com",
  profile: { kind: "linear" },
};

type Names = Parameters<typeof parseSettings>[1];

/** What such a stack with these changes comes to; undefined takes a setting away. */
export function readEcs(changes: object, names: Names = {}): ReturnType<typeof parseSettings> {
  const values = Object.entries<unknown>({ ...shop, ...changes }).filter(([, value]) => value !== undefined);
  const raw = values.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const);
  return parseSettings(Object.fromEntries(raw), names);
}

/** What is wrong with it. */
export function ecsProblemsOf(changes: object, names: Names = {}): string[] {
  const found = readEcs(changes, names);
  return "problems" in found ? found.problems.map(formatProblem) : [];
}

/** Its settings. @throws Error if something is wrong with them */
export function ecsSettingsOf(changes: object, names: Names = {}): Settings {
  const found = readEcs(changes, names);
  if ("problems" in found) throw new Error(found.problems.map(formatProblem).join("\n"));
  return found.settings;
}
