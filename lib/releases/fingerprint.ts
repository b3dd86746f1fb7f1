import { createHash, scryptSync } from "node:crypto";
import type { ContainerSpec } from "./container.ts";

/**
 * Hashes over what makes the containers of a release different, by number. A held release is compared under the number that it was made
 * with, so a new number makes no new release. What must never happen here: a number gives another hash for the same containers than before.
 *
 * How our own containers are hardened (capabilities, restarts, logs) is part of none: it reaches a slot with its next release.
 */
export const fingerprints = { 1: first, 2: second } as const;
export type FingerprintNumber = keyof typeof fingerprints;
const numbers = [1, 2] as const satisfies readonly FingerprintNumber[];

/** The number that new releases are made with. */
export const newest: FingerprintNumber = 2;

/** Numbers that a fingerprint may have been made with: its own, or any where it does not tell; none where only a newer Slipway knows it. */
export function numbersOf(fingerprint: string): readonly FingerprintNumber[] {
  const [, told] = /^(\d+):/.exec(fingerprint) ?? [];
  return told === undefined ? numbers : numbers.filter((number) => number === Number(told));
}

/** As releases were hashed before there were numbers; it knows no databases. None of them had volumes or roles. */
function first({ replicas, port, env, secrets, healthPath, faults, volumes, roles }: ContainerSpec): string {
  const sorted = (values: Readonly<Record<string, string>>) =>
    JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
  const kept = Object.keys(volumes).length === 0 ? [] : [sorted(volumes)];
  const beside = Object.keys(roles).length === 0 ? [] : [canonical(roles)];
  const plain = JSON.stringify([replicas, port, faults, healthPath, sorted(env), ...kept, ...beside]);
  return sha256(plain + hidden(secrets, sorted, plain)).slice(0, 16);
}

/**
 * What fingerprint 2 leaves out. A part that is added to the specification stands here as containers had it before, so that no release
 * changes by it. No value may change, whatever the settings' defaults become.
 */
const leftOut: Required<ContainerSpec> = {
  replicas: 1,
  port: 8000,
  env: {},
  secrets: {},
  databases: {},
  healthPath: "/health",
  health: {},
  faults: "",
  // Without a limit, once. At these values it is hardening, which waits for the next release.
  limits: { memoryMb: 2048, readOnly: true, writable: [] },
  process: { user: "10001", stopSeconds: 25 },
  volumes: {},
  roles: {},
};

function second({ secrets, ...spec }: ContainerSpec): string {
  const parts = Object.entries(spec).filter(
    ([part, value]) => canonical(value) !== canonical(leftOut[part as keyof ContainerSpec]),
  );
  const plain = canonical(Object.fromEntries(parts));
  return `2:${sha256(plain + hidden(secrets, canonical, plain)).slice(0, 16)}`;
}

/** A fingerprint is public (labels, ledger), so a short secret must be costly to guess from it. */
const hidden = (secrets: ContainerSpec["secrets"], text: (values: typeof secrets) => string, salt: string): string =>
  Object.keys(secrets).length === 0 ? "" : scryptSync(text(secrets), salt, 32).toString("hex");

/** JSON with keys in order, so that their order in a file makes no new release. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
