import { bucketsArePrivate } from "./buckets-are-private.ts";
import { containersHaveHealthChecks } from "./containers-have-health-checks.ts";
import { containersHaveLimits } from "./containers-have-limits.ts";
import { dataIsProtected } from "./data-is-protected.ts";
import { hostKeysArePinned } from "./host-keys-are-pinned.ts";
import { iamWithoutWildcards } from "./iam-without-wildcards.ts";
import { imagesByDigest } from "./images-by-digest.ts";
import { portsAreClosed } from "./ports-are-closed.ts";
import { secretsAreMarked } from "./secrets-are-marked.ts";
import { sshIsClosed } from "./ssh-is-closed.ts";
import { storageIsEncrypted } from "./storage-is-encrypted.ts";
import { thingsAreTagged } from "./things-are-tagged.ts";
import type { Rule } from "../rule.ts";

/** All rules about resources, one a file. */
export const rules: readonly Rule[] = [
  imagesByDigest,
  containersHaveLimits,
  containersHaveHealthChecks,
  portsAreClosed,
  sshIsClosed,
  storageIsEncrypted,
  bucketsArePrivate,
  secretsAreMarked,
  dataIsProtected,
  hostKeysArePinned,
  iamWithoutWildcards,
  thingsAreTagged,
];
