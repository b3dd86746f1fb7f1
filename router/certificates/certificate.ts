import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { InvalidInput } from "../field.ts";
import { writeDurably } from "../journal.ts";
import { Refusal, type Place } from "../ledger.ts";
import { placeSocket, placesPath } from "../paths.ts";
import { ask, isProxyProblem, ProxyProblem } from "../runtime-api.ts";
import { certificatePath, type CertificateSource } from "../tls.ts";

/** A certificate as the running proxy has it. */
export interface ServedCertificate {
  /** SHA-1 over it, upper-case hex digits. */
  readonly fingerprint: string;
  /** End of its life, ISO 8601. */
  readonly until: string;
  readonly names: readonly string[];
}

/** How long a proxy may take to serve a certificate that is there: it may have to load a changed configuration first. */
const servedWithinSeconds = 60;
const lookEveryMs = 200;

/** As {@link ServedCertificate.fingerprint}. */
export const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint.replaceAll(":", "");

/** HAProxy would not start with it. @throws InvalidInput */
function check(pem: string): void {
  const [key = ""] = /-----BEGIN [A-Z ]*PRIVATE KEY-----.+?-----END [A-Z ]*PRIVATE KEY-----/s.exec(pem) ?? [];
  try {
    if (new X509Certificate(pem).checkPrivateKey(createPrivateKey(key))) return;
  } catch {
    // What it is can't be said without showing some of it.
  }
  throw new InvalidInput(
    "certificate: is none with its own key; allowed a chain in PEM form, the host's own first, and the key. Fix: correct it",
  );
}

/** Keeps chain and key where every proxy finds them at its start, for root alone. They are safe there before they are served. */
export async function keepCertificate(runFolder: string, source: CertificateSource, pem: string): Promise<void> {
  check(pem);
  // A blank line would end the text that the proxy is given.
  await writeDurably(certificatePath(runFolder, source), `${pem.replaceAll(/\n\s*\n/g, "\n").trim()}\n`, 0o600);
}

/**
 * Gives the kept certificate to the proxies that serve, unless they have it. Connections live on with the one they began with.
 *
 * @throws ProxyProblem if one does not take it
 */
export async function giveCertificate(runFolder: string, source: CertificateSource): Promise<void> {
  const path = certificatePath(runFolder, source);
  const pem = await readFile(path, "utf8");
  const wanted = fingerprintOf(pem);
  for (const place of await servingPlaces(runFolder)) {
    const socket = placeSocket(runFolder, place, "admin");
    const served = await servedBy(socket, path);
    // One whose configuration does not name the file yet reads it when it loads the one that does.
    if (served === null || served.fingerprint === wanted) continue;
    // What somebody else left half done would be in the way.
    await ask(socket, `abort ssl cert ${path}`);
    const answers = [
      await ask(socket, `set ssl cert ${path} <<\n${pem}`),
      await ask(socket, `commit ssl cert ${path}`),
    ];
    if ((await servedBy(socket, path))?.fingerprint === wanted) continue;
    const got = answers.join(" ").replaceAll(/\s+/g, " ").trim();
    throw new ProxyProblem(`proxy in place ${place}: did not take the certificate, got ${got}`);
  }
}

/**
 * Waits until the proxy serves a certificate.
 *
 * @throws Refusal if it does not in time
 */
export async function awaitCertificate(
  runFolder: string,
  source: CertificateSource,
  fingerprint: string,
): Promise<void> {
  const deadline = performance.now() + servedWithinSeconds * 1000;
  let got = "none";
  for (;;) {
    try {
      const served = await servedCertificate(runFolder, source);
      if (served?.fingerprint === fingerprint) return;
      got = served === null ? "a configuration without it" : `one until ${served.until}`;
    } catch (error) {
      if (!isProxyProblem(error)) throw error;
      got = error.message;
    }
    if (performance.now() > deadline) {
      throw new Refusal(
        `proxy: does not serve the certificate within ${servedWithinSeconds} s, got ${got}. Fix: docker logs of controller and proxy say why`,
      );
    }
    await sleep(lookEveryMs);
  }
}

/** What the proxy serves, null before it serves any. @throws ProxyProblem */
export async function servedCertificate(
  runFolder: string,
  source: CertificateSource,
): Promise<ServedCertificate | null> {
  const [place = 1] = await servingPlaces(runFolder);
  return servedBy(placeSocket(runFolder, place, "admin"), certificatePath(runFolder, source));
}

async function servedBy(socket: string, path: string): Promise<ServedCertificate | null> {
  return parseCertificate(await ask(socket, `show ssl cert ${path}`));
}

/** Reads the answer to `show ssl cert <file>`. */
export function parseCertificate(text: string): ServedCertificate | null {
  const value = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
  const fingerprint = value("SHA1 FingerPrint");
  if (fingerprint === "") return null;
  const names = value("Subject Alternative Name")
    .split(", ")
    .map((name) => name.replace(/^[\w ]+:/, ""));
  return { fingerprint, until: new Date(value("notAfter")).toISOString(), names };
}

/** The place that serves first, and the one that takes over from it. */
async function servingPlaces(runFolder: string): Promise<Place[]> {
  const text = await readFile(placesPath(runFolder), "utf8").catch(() => "");
  return text
    .trim()
    .split(" ")
    .filter(Boolean)
    .map((place) => Number(place) as Place);
}
