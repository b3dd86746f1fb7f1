import { execFile, spawn } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { env } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { awaitCertificate, fingerprintOf, giveCertificate, keepCertificate } from "./certificate.ts";
import { Field } from "../field.ts";
import { Refusal } from "../ledger.ts";
import { placeSocket } from "../paths.ts";
import { ask, isProxyProblem } from "../runtime-api.ts";
import { certificatePath, problemPath } from "../tls.ts";

/** The variable `SLIPWAY_KEEPER_JSON`, or `/etc/slipway/certificates.json`: which certificate a host keeps, and who signs it. Nothing in it is secret. */
export interface KeeperConfig {
  /** Names in the certificate. */
  readonly domains: readonly string[];
  readonly email: string;
  readonly directoryUrl: string;
  /** PEM of the authority that the ACME server itself is certified by. @default null, a public one */
  readonly authority: string | null;
  /** Where challenges are answered while there are some. */
  readonly port: number;
}

/** Longest that the ACME server may take, in seconds; 10 are usual. */
const obtainWithinSeconds = 180;
/** Longest that the proxy may take to pass challenges on, in seconds. */
const passedOnWithinSeconds = 60;
const shortestPauseMs = 2_000;
/** A certificate with less than this share of its life left is renewed. */
const renewAtShare = 1 / 3;

/** @throws InvalidInput naming the first wrong field */
export function parseKeeperConfig(text: string, name = "certificates.json"): KeeperConfig {
  const root = Field.parse(name, text);
  return {
    domains: root.get("domains").list((domain) => domain.text(/^[a-z0-9][a-z0-9.-]{0,252}$/)),
    email: root.get("email").text(/^\S+@\S+$/),
    directoryUrl: root.get("directoryUrl").text(/^https:\/\/\S+$/),
    authority: root.get("authority").optional((pem) => pem.text(/^.{1,20000}$/s)),
    port: root.get("port").integer(1, 65_535),
  };
}

/** Whether a certificate is missing or has too little of its life left. */
export function isDue(pem: string, now = Date.now()): boolean {
  const life = lifeOf(pem);
  return life === null || life.until - now < (life.until - life.from) * renewAtShare;
}

/** Time until the next look: a hundredth of the certificate's life, at most an hour. ACME servers count failures by the hour. */
export function pauseMs(pem: string): number {
  const life = lifeOf(pem);
  return life === null ? 3_600_000 : Math.min(3_600_000, Math.max(shortestPauseMs, (life.until - life.from) / 100));
}

function lifeOf(pem: string): { readonly from: number; readonly until: number } | null {
  if (pem === "") return null;
  const { validFromDate, validToDate } = new X509Certificate(pem);
  return { from: validFromDate.getTime(), until: validToDate.getTime() };
}

/**
 * One look at the certificate that the host keeps: renewed if it is due, given to the proxy if that has another one. Safe to repeat; one
 * at a time (`flock` sees to that).
 *
 * What must never happen here: a good certificate makes room for none. So a file is replaced only by a whole one that has its key.
 *
 * @throws Refusal if there is none to be had; what is served stays
 */
export async function tendCertificate(
  runFolder: string,
  config: KeeperConfig,
  say: (line: string) => void,
): Promise<void> {
  const name = config.domains.join(", ");
  const folder = accountFolder(runFolder, config);
  const obtained = join(folder, "certificates", `${config.domains[0] ?? ""}.pem`);
  if (isDue(await textOf(obtained))) {
    await passedOn(runFolder);
    // Everybody may see which certificates there are: the controller, who can't read them, looks for that.
    await mkdir(join(runFolder, "tls"), { recursive: true, mode: 0o755 });
    say(`certificate: asking ${config.directoryUrl} for ${name} (at most ${obtainWithinSeconds} s)`);
    await obtain(folder, config).catch(async (error: unknown) => {
      await writeFile(problemPath(runFolder), String(error instanceof Error ? error.message : error));
      throw error;
    });
  }
  const pem = await textOf(obtained);
  const fingerprint = fingerprintOf(pem);
  const kept = await textOf(certificatePath(runFolder, "acme"));
  const isNew = kept === "" || fingerprintOf(kept) !== fingerprint;
  if (isNew) await keepCertificate(runFolder, "acme", pem);
  await giveCertificate(runFolder, "acme");
  await awaitCertificate(runFolder, "acme", fingerprint);
  await rm(problemPath(runFolder), { force: true });
  if (isNew) say(`certificate: ${name} is served until ${new X509Certificate(pem).validToDate.toISOString()}`);
  await forgetOthers(runFolder, folder);
}

/**
 * Looks at the certificate for ever. The first one is asked for by whoever deploys, who sees what comes of it.
 *
 * @param look runs one look in a process of its own and gives its exit code
 */
export async function keepForEver(runFolder: string, look: () => Promise<number>): Promise<never> {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));
  for (let isFirst = true; ; isFirst = false) {
    if (!isFirst || (await textOf(certificatePath(runFolder, "acme"))) === "") await pause(runFolder);
    await look();
  }
}

/** Whoever deploys may have brought another certificate meanwhile, with a shorter life. */
async function pause(runFolder: string): Promise<void> {
  const began = performance.now();
  do await sleep(shortestPauseMs);
  while (performance.now() - began < pauseMs(await textOf(certificatePath(runFolder, "acme"))));
}

/** One look that waits for another one to end, as whoever deploys may ask for one too. */
export async function lookAlone(runFolder: string): Promise<number> {
  const [, cli = ""] = process.argv;
  const command = ["--wait", "300", join(runFolder, "certificates.lock"), process.execPath, cli, "tend-certificate"];
  const child = spawn("flock", command, { stdio: "inherit" });
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 1;
}

/** Other names or another server are another certificate, with an account of its own. */
function accountFolder(runFolder: string, { domains, directoryUrl }: KeeperConfig): string {
  const id = createHash("sha256")
    .update(JSON.stringify([directoryUrl, domains]))
    .digest("hex")
    .slice(0, 16);
  return join(runFolder, "tls", "acme", id);
}

async function forgetOthers(runFolder: string, folder: string): Promise<void> {
  const parent = join(runFolder, "tls", "acme");
  const others = (await readdir(parent)).map((name) => join(parent, name)).filter((path) => path !== folder);
  for (const path of others) await rm(path, { recursive: true });
}

/** A failed challenge counts against the name, so there is none before the proxy passes it on. @throws Refusal */
async function passedOn(runFolder: string): Promise<void> {
  const deadline = performance.now() + passedOnWithinSeconds * 1000;
  for (;;) {
    const isThere = await Promise.all([1, 2].map((place) => hasBackend(placeSocket(runFolder, place, "admin"))));
    if (isThere.includes(true)) return;
    if (performance.now() > deadline) {
      throw new Refusal(
        `proxy: passes no challenge on within ${passedOnWithinSeconds} s. Fix: docker logs of controller and proxy say why`,
      );
    }
    await sleep(200);
  }
}

async function hasBackend(socket: string): Promise<boolean> {
  try {
    return /^challenge$/m.test(await ask(socket, "show backend"));
  } catch (error) {
    if (isProxyProblem(error)) return false;
    throw error;
  }
}

/** @throws Refusal with what the ACME server said */
async function obtain(folder: string, config: KeeperConfig): Promise<void> {
  const { domains, email, directoryUrl, authority, port } = config;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authorityFile = join(folder, "authority.pem");
  if (authority !== null) await writeFile(authorityFile, authority);
  const options = ["--accept-tos", "--email", email, "--server", directoryUrl, "--path", folder, "--pem"];
  const names = domains.flatMap((domain) => ["--domains", domain]);
  const said = await lego([...options, ...names, "--http", "--http.port", `:${port}`, "run"], {
    ...env,
    ...(authority === null ? {} : { LEGO_CA_CERTIFICATES: authorityFile }),
  });
  if (said === null) return;
  throw new Refusal(
    `slipway:tls: no certificate for ${domains.join(", ")}, got ${said}; allowed what ${directoryUrl} agrees to. Fix: ${remedy(said)}`,
  );
}

/** @returns null, or why it failed */
function lego(args: readonly string[], variables: NodeJS.ProcessEnv): Promise<string | null> {
  return new Promise((resolve) => {
    // It leaves the account's key to the umask.
    const umask = process.umask(0o077);
    const limits = { timeout: obtainWithinSeconds * 1000, maxBuffer: 1 << 20, env: variables };
    execFile("lego", args, limits, (error, stdout, stderr) => {
      const why = error?.killed ? `nothing within ${obtainWithinSeconds} s` : reasonOf(stderr || stdout);
      resolve(error === null ? null : why || error.message);
    });
    process.umask(umask);
  });
}

/** The last thing that lego complained of, on one line. */
export function reasonOf(log: string): string {
  const entries = log.split(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /m).map((entry) => entry.replaceAll(/\s+/g, " ").trim());
  return entries.findLast((entry) => entry !== "")?.slice(0, 600) ?? "";
}

const remedies: readonly (readonly [RegExp, string])[] = [
  [/rateLimited/, "wait until the time that it names; trying again before makes it longer"],
  [
    /acme:error:(dns|connection|unauthorized|tls)|no valid A records/,
    "let each name point to this host, and its httpPort be reached from everywhere as port 80; then pulumi up again",
  ],
  [/acme:error:caa/, "allow this authority in the name's CAA record"],
  [/x509|certificate signed by/, "put the certificate of the ACME server's authority into slipway:tls.authority"],
  [/dial tcp|no such host|deadline|timeout|nothing within/i, "let the host reach that address, then pulumi up again"],
];

const remedy = (said: string): string =>
  remedies.find(([pattern]) => pattern.test(said))?.[1] ?? "correct what it says, then pulumi up again";

const textOf = (path: string): Promise<string> =>
  readFile(path, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  });
