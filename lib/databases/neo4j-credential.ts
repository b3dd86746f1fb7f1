import { createHash } from "node:crypto";

/**
 * Content of Neo4j's `data/dbms/auth.ini`: the password of user `neo4j` at the first start, hashed as `neo4j-admin dbms
 * set-initial-password` does it. The salt comes from the password, so that every run makes the same file; what is salted is random.
 */
export function neo4jCredential(password: string): string {
  const sha256 = (...parts: (string | Buffer)[]) =>
    parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
  const salt = sha256("slipway salt", password);
  let hash = sha256(salt, password);
  for (let round = 1; round < rounds; round++) hash = sha256(hash);
  return `neo4j:SHA-256,${hash.toString("hex")},${salt.toString("hex")},${String(rounds)}:\n`;
}

const rounds = 1_024;
