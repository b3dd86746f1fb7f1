import type { Rule } from "../rule.ts";
import { listAt, maybe, textAt, type Seen } from "../seen.ts";
import { statementsOf } from "../statements.ts";

const blocks = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

/** Backups in a public bucket are the most common leak there is. */
export const bucketsArePrivate: Rule = {
  name: "slipway-buckets-are-private",
  description: "No bucket can be read or written by everybody",
  fix: "take the public grant away, and set all four switches of a BucketPublicAccessBlock",
  problems: (seen) => [...acls(seen), ...blocksOf(seen), ...policies(seen)],
};

function acls({ type, props }: Seen): string[] {
  if (!/^aws:s3\/bucket(V2|Acl|AclV2|Objectv2|Object)?:/.test(type)) return [];
  const acl = textAt(props, "acl") ?? "";
  const grants = [...listAt(props, "grants"), ...listAt(props, "accessControlPolicy", "grants")];
  const isGranted = grants.some((grant) => /AllUsers|AuthenticatedUsers/.test(JSON.stringify(grant)));
  const public_ = acl.startsWith("public-") || acl === "authenticated-read" ? [`acl ${acl} is for everybody`] : [];
  return [...public_, ...(isGranted ? ["a grant is for everybody"] : [])];
}

function blocksOf({ type, props }: Seen): string[] {
  if (!/^aws:s3\/(bucketPublicAccessBlock|accountPublicAccessBlock):/.test(type)) return [];
  return blocks.filter((name) => !maybe(props[name], true)).map((name) => `${name} is not true`);
}

function policies({ type, props }: Seen): string[] {
  if (!type.startsWith("aws:s3/bucketPolicy:")) return [];
  const open = statementsOf(props.policy).filter(
    ({ effect, principals, hasCondition }) => effect === "Allow" && principals.includes("*") && !hasCondition,
  );
  return open.map(({ actions }) => `its policy allows everybody ${actions.join(", ")}`);
}
