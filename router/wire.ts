import { maxReplicas } from "./addresses.ts";
import { Field, InvalidInput } from "./field.ts";
import { maxPageBytes, passHash } from "./maintenance.ts";
import { readRelease, readServing, releaseId, waitSeconds } from "./ledger-format.ts";
import { slots, type Hand, type Lock, type Release, type Serving, type Slot, type Wish } from "./ledger.ts";
import type { Replica } from "./restart.ts";
import { saved, type Outcome } from "./telling/backups.ts";
import { compareUrl, type Source } from "./telling/source.ts";
import { certificateSources, type CertificateSource } from "./tls.ts";

/**
 * What the program sends to the controller on a command's stdin, as JSON. The program writes each body with `satisfies` its type here,
 * and the controller reads it once.
 */

/** Such as 2026-11-27T18:00:00.000Z. */
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/;

/** Who somebody is, or why: one line of at most 200 characters. */
export const shortLine = /^[^\p{Cc}]{1,200}$/u;

/** For `promote`. */
export interface Promotion extends Wish {
  /** What the containers of each slot hold. The first release of all goes into both slots, but only one is guarded. @default not told */
  readonly holds?: Partial<Readonly<Record<Slot, Release | null>>>;
  /** Who asks, one line of at most 200 characters. @default null, not known */
  readonly by?: string | null;
  /** Files of the backup that was made before. @default none */
  readonly backup?: readonly string[];
  /** What the release was made from, as its image says. @default it does not tell */
  readonly source?: Source | null;
  /** What leaves the host afterwards, though the other slot's release needs it, in words. @default null, nothing */
  readonly loses?: string | null;
}

/** First line for `hold`. */
export interface HoldRequest {
  /** The person and machine, and the process where that is known. */
  readonly by: string;
  /** The host is given back when it has heard nothing for so long, in ms. */
  readonly silenceMs: number;
}

/** Who does something by hand, and why: for `rollback`, `abort`, `pause`, `resume`, `promote-now`, `restored`, `ran` and `allow`. */
export interface HandRequest {
  /** One line of at most 200 characters. @default null, nobody said */
  readonly by?: string | undefined;
  /** The same. */
  readonly reason?: string | undefined;
}

/** For `rollback`. */
export interface RollbackRequest extends HandRequest {
  /** Version or id of a release. @default wherever it leads */
  readonly to?: string | undefined;
}

/** For `lock`. */
export interface LockRequest extends HandRequest {
  /** ISO 8601, in UTC. @default until it is taken away */
  readonly until?: string | undefined;
  /** So long an update waits for its end. @default it is refused at once */
  readonly waitSeconds?: number | undefined;
}

/** Lines about the databases after a rollout, for its record. */
export interface Note {
  readonly rollout: number;
  readonly data: readonly string[];
}

/** For `await-certificate`. */
export interface AwaitedCertificate {
  readonly source: CertificateSource;
  /** SHA-1 over the certificate, 40 upper-case hex digits. */
  readonly fingerprint: string;
}

const readWish = (root: Field): Wish => ({
  slot: root.get("slot").oneOf(slots),
  release: readRelease(root.get("release")),
  rollout: root.get("rollout").integer(1, Number.MAX_SAFE_INTEGER),
});

/** What `guard` reads on stdin. @throws InvalidInput */
export const parseWish = (text: string): Wish => readWish(Field.parse("stdin", text));

/** What `promote` reads on stdin. @throws InvalidInput */
export function parsePromotion(text: string): Required<Promotion> {
  const root = Field.parse("stdin", text);
  const holds = root.get("holds");
  const held = (slot: Slot) => holds.optional((field) => field.get(slot).optional(readRelease));
  const name = (field: Field) => field.text(shortLine);
  return {
    ...readWish(root),
    holds: { blue: held("blue"), green: held("green") },
    by: root.get("by").optional(name),
    backup: root.get("backup").optional((field) => field.list(name)) ?? [],
    source: root.get("source").optional((field) => {
      const compare = field.get("compare").optional((link) => link.text(compareUrl));
      return {
        commit: field.get("commit").optional(name),
        author: field.get("author").optional(name),
        ...(compare === null ? {} : { compare }),
      };
    }),
    loses: root.get("loses").optional(name),
  };
}

/** Why the release that `refuse` is about is refused. @throws InvalidInput */
export const parseRefusal = (text: string): string => Field.parse("stdin", text).get("why").text(shortLine);

/** What `guard-proxy` and `switch-proxy` read on stdin. @throws InvalidInput */
export const parseProxyWish = (text: string): Serving => readServing(Field.parse("stdin", text));

/** What `hold` reads as its first line on stdin. @throws InvalidInput */
export function parseHoldRequest(text: string): HoldRequest {
  const root = Field.parse("stdin", text);
  return {
    by: root.get("by").text(shortLine),
    silenceMs: root.get("silenceMs").integer(100, 3_600_000),
  };
}

/** What the commands of a person send to the daemon, which knows when. @throws InvalidInput */
export function parseHand(text: string): Hand {
  const root = Field.parse("options", text);
  const line = (field: Field) => field.text(shortLine);
  return { by: root.get("by").optional(line), reason: root.get("reason").optional(line), at: new Date().toISOString() };
}

/** What `lock` sends to the daemon. @throws InvalidInput */
export const parseLock = (text: string): Lock => ({
  ...parseHand(text),
  until: Field.parse("options", text)
    .get("until")
    .optional((at) => at.text(isoTime)),
  ...waitSeconds(Field.parse("options", text).get("waitSeconds")),
});

/** What `close` sends to the daemon. @throws InvalidInput */
export function parseClosing(text: string): { readonly pass: string | null; readonly page: string | null } {
  const root = Field.parse("options", text);
  const page = root.get("page").optional((given) => given.text(/^[^\0]+$/));
  const bytes = Buffer.byteLength(page ?? "");
  if (bytes > maxPageBytes) {
    throw new InvalidInput(
      `options.page: is too large, got ${bytes} bytes; allowed ${maxPageBytes}. Fix: put what makes it large elsewhere`,
    );
  }
  return { pass: root.get("pass").optional((hash) => hash.text(passHash)), page };
}

/** The id or version of the release that `allow` is about. @throws InvalidInput */
export const parseAllowed = (text: string): string => Field.parse("options", text).get("release").text(releaseId);

/** The replica of live that `rest` and `back` are about, by its name in the proxy. @throws InvalidInput */
export function parseReplica(text: string): Replica {
  const [slot, replica] = Field.parse("options", text).get("replica").text(replicaName).split("-");
  return { slot: slot === "blue" ? "blue" : "green", replica: Number(replica) };
}
/** Such as `blue-1`. */
export const replicaName = new RegExp(`^(blue|green)-[1-${maxReplicas}]$`);

/** How long it may stay out once it has nothing left, in seconds, whoever forgets it. @throws InvalidInput */
export const parseRest = (text: string): number => Field.parse("options", text).get("seconds").integer(1, 86_400);

/** The version or id that `rollback` is to lead to; null where anything will do. @throws InvalidInput */
export const parseWayTo = (text: string): string | null =>
  Field.parse("options", text)
    .get("to")
    .optional((name) => name.text(releaseId));

/** The rollout that `undo` is about. @throws InvalidInput */
export const parseUndone = (text: string): number =>
  Field.parse("options", text).get("rollout").integer(1, Number.MAX_SAFE_INTEGER);

/** What `await-certificate` reads on stdin. @throws InvalidInput */
export function parseAwaitedCertificate(text: string): AwaitedCertificate {
  const root = Field.parse("stdin", text);
  return {
    source: root.get("source").oneOf(certificateSources),
    fingerprint: root.get("fingerprint").text(/^[0-9A-F]{40}$/),
  };
}

/** What `saved` sends to the daemon. @throws InvalidInput */
export function parseOutcome(text: string): Outcome {
  const root = Field.parse("stdin", text);
  const said = root
    .get("problem")
    .text()
    .replaceAll(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, 500);
  return { kind: root.get("kind").oneOf(saved), name: root.get("name").text(backupName), problem: said || null };
}
/** Such as `000002-before-1.1.0-0123abcd` or `by-hand-20261127T223030Z`. */
export const backupName = /^[\w.+-]{1,200}$/;

/** What `note` sends to the daemon. @throws InvalidInput */
export function parseNote(text: string): Note {
  const root = Field.parse("stdin", text);
  return {
    rollout: root.get("rollout").integer(1, Number.MAX_SAFE_INTEGER),
    data: root.get("data").list((line) => line.text(/^[^\p{Cc}]{1,500}$/u)),
  };
}
