import type { Declaration } from "./declared-things.ts";
import { defaultLabels } from "./labels.ts";
import { gitFlowBranches } from "./ref-rules.ts";
import { keyOf, type Kind, type Thing, type Value } from "./things.ts";
import { isWithin } from "./weakening/patterns.ts";
import { changedWords, titleOf, undeclaredWords } from "./words.ts";

/** One place where GitHub is not as declared. */
export interface Finding {
  readonly kind: Kind;
  /** What people call the thing: `ruleset "main branch"`. */
  readonly object: string;
  readonly is: "changed" | "missing" | "undeclared";
  /** Which of its values, where it is changed. */
  readonly field?: string;
  readonly declared?: Value;
  readonly actual?: Value;
  /** The whole finding for people, without a full stop. */
  readonly sentence: string;
}

/** What may be there although this stack does not declare it. */
export interface Expected {
  /** Environments that other stacks declare. */
  readonly environments: readonly string[];
  /** Users and teams whom the declaration names: they need to write, and no more. */
  readonly people: readonly string[];
}

/**
 * Where `found` is not as `declared`, in both directions. Pure.
 *
 * What is inside of a missing or undeclared thing is not listed: one finding says it.
 */
export function findDrift(declared: readonly Thing[], found: readonly Thing[], expected: Expected): Finding[] {
  const there = new Map(found.map((thing) => [keyOf(thing), thing]));
  const wanted = new Map(declared.map((thing) => [keyOf(thing), thing]));
  const absent = declared.filter((thing) => !there.has(keyOf(thing)));
  const repository = absent.find(({ kind }) => kind === "repository");
  if (repository) return [finding(repository, "missing", "is declared and not there")];
  const differing = declared.flatMap((thing) => {
    const actual = there.get(keyOf(thing));
    if (actual) return changes(thing, actual);
    const isInMissing = absent.some((outer) => outer.kind === "environment" && outer.name === thing.of);
    return isInMissing ? [] : [finding(thing, "missing", "is declared and not there")];
  });
  const undeclared = found
    .filter((thing) => !wanted.has(keyOf(thing)) && !isExpected(thing, expected))
    .map((thing) => finding(thing, "undeclared", undeclaredWords(thing)));
  return [...differing, ...undeclared];
}

/** A value that GitHub does not tell this token is not compared. */
function changes(declared: Thing, found: Thing): Finding[] {
  return Object.entries(declared.fields).flatMap(([field, value]) => {
    const actual = found.fields[field];
    if (actual === undefined || isSame(value, actual)) return [];
    const words = changedWords(declared.kind, field, value, actual);
    return [{ ...finding(declared, "changed", words), field, declared: value, actual }];
  });
}

function finding(thing: Thing, is: Finding["is"], words: string): Finding {
  const object = titleOf(thing);
  return { kind: thing.kind, object, is, sentence: `${object}${is === "changed" ? ":" : ""} ${words}` };
}

/** Lists are sets. */
function isSame(one: Value, other: Value): boolean {
  const plain = (value: Value) => JSON.stringify(typeof value === "object" ? [...value].sort() : value);
  return plain(one) === plain(other);
}

function isExpected({ kind, name, fields }: Thing, { environments, people }: Expected): boolean {
  switch (kind) {
    case "branch":
      return isGitFlow(name);
    case "label":
      return defaultLabels.includes(name.toLowerCase());
    case "environment":
      return environments.includes(name);
    case "collaborator":
    case "team":
      return people.includes(name) && ["read", "triage", "write"].includes(String(fields.role));
    case "repository":
    case "settings":
    case "file":
      return true;
    case "ruleset":
    case "protection":
    case "secret":
    case "variable":
    case "deploy key":
    case "webhook":
    case "autolink":
      return false;
  }
}

/** A name of its own means nobody but itself: no branch's name may hold a wildcard. */
const isGitFlow = (branch: string): boolean =>
  isWithin([reference(branch)], gitFlowBranches.map(reference), "references");
const reference = (branch: string) => `refs/heads/${branch}`;

/** Whom the declaration names: code owners, reviewers, and those whom rules let pass. */
export function namedPeople({ repository, environment }: Pick<Declaration, "repository" | "environment">): string[] {
  const actors = repository
    ? [...repository.tagCreators, ...Object.values(repository.branches).flatMap(({ bypass }) => bypass)]
    : [];
  return [
    ...(repository?.codeOwners ?? []).map((owner) => owner.replace(/^@([^/]+\/)?/, "")),
    ...actors.filter((actor) => actor.startsWith("team:")).map((actor) => actor.slice("team:".length)),
    ...(environment?.reviewers.users ?? []),
    ...(environment?.reviewers.teams ?? []),
  ];
}
