import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate with its key, in PEM form. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** How a certificate is made. */
export interface CertificateWish {
  /** DNS names and IP addresses. */
  readonly names: readonly string[];
  /** Days that it lives from now on; a negative number makes one that is over and signs itself. @default 30 */
  readonly days?: number;
  /** Who signs it. @default it signs itself */
  readonly by?: TestCertificate;
  /** Length of an RSA key. @default an elliptic curve's */
  readonly rsaBits?: number;
}

/** Makes a certificate with OpenSSL. */
export function makeCertificate({ names, days = 30, by, rsaBits }: CertificateWish): TestCertificate {
  const cwd = mkdtempSync(join(tmpdir(), "slipway-certificate-"));
  try {
    const algorithm = rsaBits ? [`rsa:${String(rsaBits)}`] : ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    const issuer = by ? ["-CA", "ca.pem", "-CAkey", "ca-key.pem"] : [];
    if (by) {
      writeFileSync(join(cwd, "ca.pem"), by.certificate);
      writeFileSync(join(cwd, "ca-key.pem"), by.key);
    }
    const subject = [
      "-subj",
      `/CN=${names[0] ?? ""}`,
      "-addext",
      `subjectAltName=${names.map((name) => `${isIP(name) ? "IP" : "DNS"}:${name}`).join()}`,
    ];
    const files = ["-noenc", "-keyout", "key.pem", "-out", "certificate.pem"];
    const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
    const life = ["-days", String(Math.max(1, days))];
    openssl("req", "-x509", "-newkey", ...algorithm, ...life, ...subject, ...issuer, ...files);
    // The one command knows no days that are over, the other one does.
    if (days < 0)
      openssl(
        "x509",
        "-in",
        "certificate.pem",
        "-signkey",
        "key.pem",
        "-days",
        String(days),
        "-out",
        "certificate.pem",
      );
    const read = (name: string) => readFileSync(join(cwd, name), "utf8");
    return { certificate: read("certificate.pem"), key: read("key.pem") };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
