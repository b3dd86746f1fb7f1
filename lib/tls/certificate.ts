import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import type { Problem } from "../problem.ts";

/** A certificate that a stack was given, with what it is for. */
export interface GivenCertificate {
  /** PEM: the host's own certificate, then those that lead to its authority. */
  readonly certificate: string;
  /** PEM, empty if there is none. */
  readonly key: string;
  /** The name or address that people use. */
  readonly host: string;
}

/** From here on a person should look for the next one, in days. */
const expiresSoonDays = 14;

/** HAProxy takes a new certificate as one text of at most this length. */
const maxBytes = 15_000;
const minRsaBits = 2_048;
const certificatePath = "slipway:tls.certificate";
const keyPath = "slipway:tlsKey";
const setCertificate = `pulumi config set --path ${certificatePath} -- "$(cat fullchain.pem)"`;
const setKey = `pulumi config set --secret ${keyPath} < key.pem`;

/** Everything that would keep browsers from the service, at once. Never shows a key. */
export function certificateProblems({ certificate, key, host }: GivenCertificate, now = Date.now()): Problem[] {
  const chain = parseChain(certificate);
  if (chain === null) {
    const allowed = "a chain in PEM form, the host's own certificate first, and no key";
    return [{ path: certificatePath, problem: "can't be read as certificates", allowed, fix: setCertificate }];
  }
  return [
    ...lifeProblems(chain, now),
    ...nameProblems(chain, host),
    ...orderProblems(chain),
    ...keyProblems(chain, key),
  ].concat(sizeProblems(certificate, key));
}

/** What to say when a given certificate ends soon, else null. */
export function expiryWarning(certificate: string, now = Date.now()): string | null {
  const [leaf] = parseChain(certificate) ?? [];
  if (leaf === undefined) return null;
  const days = Math.floor((leaf.validToDate.getTime() - now) / 86_400_000);
  if (days >= expiresSoonDays) return null;
  const ends = days < 0 ? "ended" : `ends in ${String(days)} days,`;
  return `${certificatePath}: ${ends} on ${day(leaf.validToDate)}. Fix: have the next one made, then ${setCertificate} and ${setKey}`;
}

/** One line on how long a given certificate lives. */
export function describeExpiry(certificate: string, now = Date.now()): string {
  const [leaf] = parseChain(certificate) ?? [];
  if (leaf === undefined) return `✗ ${certificatePath} can't be read`;
  const warning = expiryWarning(certificate, now);
  return warning === null ? `✓ ${certificatePath} lives until ${day(leaf.validToDate)}` : `✗ ${warning}`;
}

/** Names that a given certificate is for, wildcards among them. @returns none where it can't be read */
export const namesIn = (certificate: string): readonly string[] =>
  [...(parseChain(certificate)?.[0].subjectAltName ?? "").matchAll(/DNS:([A-Za-z0-9*][\w.-]*)/g)].map(
    ([, name = ""]) => name,
  );

type Chain = readonly [X509Certificate, ...X509Certificate[]];

function parseChain(pem: string): Chain | null {
  if (pem.includes("PRIVATE KEY")) return null;
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? [];
  try {
    const [first, ...rest] = blocks.map((block) => new X509Certificate(block));
    return first ? [first, ...rest] : null;
  } catch {
    return null;
  }
}

const day = (date: Date): string => date.toISOString().slice(0, 10);
const nameOf = ({ subject }: X509Certificate): string => subject.replaceAll("\n", ", ");

function lifeProblems(chain: Chain, now: number): Problem[] {
  return chain.flatMap((certificate) => {
    const { validFromDate, validToDate } = certificate;
    const allowed = "certificates that are valid now";
    const got = `${nameOf(certificate)}, valid from ${day(validFromDate)} to ${day(validToDate)}`;
    if (validToDate.getTime() <= now)
      return [{ path: certificatePath, problem: "has expired", got, allowed, fix: setCertificate }];
    if (validFromDate.getTime() <= now) return [];
    const fix = `wait, set this machine's clock, or ${setCertificate}`;
    return [{ path: certificatePath, problem: "is not valid yet", got, allowed, fix }];
  });
}

function nameProblems([leaf]: Chain, host: string): Problem[] {
  const covers = isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host, { subject: "never" });
  if (covers !== undefined) return [];
  const got = leaf.subjectAltName ?? "no name";
  return [
    { path: certificatePath, problem: "is not for the host of slipway:url", got, allowed: host, fix: setCertificate },
  ];
}

/** Each must be signed by the next one: some clients take nothing else. */
function orderProblems(chain: Chain): Problem[] {
  return chain.slice(1).flatMap((issuer, index) => {
    const issued = chain[index];
    if (issued === undefined || (issued.checkIssued(issuer) && issued.verify(issuer.publicKey))) return [];
    const got = `${nameOf(issuer)} after ${nameOf(issued)}`;
    const allowed = `the certificate of ${issued.issuer.replaceAll("\n", ", ")}`;
    return [
      {
        path: certificatePath,
        problem: "is in the wrong order or has a foreign certificate",
        got,
        allowed,
        fix: setCertificate,
      },
    ];
  });
}

function keyProblems([leaf]: Chain, pem: string): Problem[] {
  if (pem === "") return [{ path: keyPath, problem: "is missing, and slipway:tls needs it", fix: setKey }];
  const key = parseKey(pem);
  if (key === null) {
    return [
      {
        path: keyPath,
        problem: "can't be read",
        allowed: "a private key in PEM form without a passphrase",
        fix: setKey,
      },
    ];
  }
  if (!leaf.checkPrivateKey(key)) {
    const allowed = `the key of ${nameOf(leaf)}`;
    return [{ path: keyPath, problem: "is another certificate's key", allowed, fix: setKey }];
  }
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits === undefined || bits >= minRsaBits) return [];
  const fix = "have a certificate made for a longer key";
  return [
    {
      path: keyPath,
      problem: "is too short",
      got: `${String(bits)} bits`,
      allowed: `at least ${String(minRsaBits)}`,
      fix,
    },
  ];
}

function parseKey(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}

function sizeProblems(certificate: string, key: string): Problem[] {
  const bytes = Buffer.byteLength(certificate) + Buffer.byteLength(key);
  if (bytes <= maxBytes) return [];
  const fix = "leave out the root and whatever else clients have themselves";
  const allowed = `at most ${String(maxBytes)}, key included`;
  return [{ path: certificatePath, problem: "is too long", got: `${String(bytes)} bytes`, allowed, fix }];
}
