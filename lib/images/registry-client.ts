import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";

/** A place that serves images, and who asks. */
export interface RegistryLogin {
  /** Host and port, as image names begin. */
  readonly server: string;
  readonly username: string;
  readonly password: string;
}

/** What a registry answered to a question about an image. */
export interface Manifest {
  readonly digest: string;
  readonly body: unknown;
}

/** The registry does not serve the image, or can't be asked. */
export class RegistryRefused extends Error {
  /** `true` when it is the login that was refused. */
  readonly unauthorized: boolean;

  constructor(message: string, unauthorized = false) {
    super(message);
    this.unauthorized = unauthorized;
  }
}

/** Longest wait for one answer, in ms. */
const timeoutMs = 20_000;
/** Answers that mean "again, later". */
const busy = [429, 502, 503, 504];
const retries = 3;
/** Longest wait before a question is asked again, in seconds; who wants more is not waited for. */
const longestWait = 60;

const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** As Docker has it: only a registry on this machine may do without encryption, and `localhost.example.com` is another one. */
export const schemeOf = (server: string): "http" | "https" =>
  /^(localhost|127(\.\d{1,3}){3})(:\d+)?$/.test(server) ? "http" : "https";

/** Asks a registry by its own protocol (OCI distribution), from the machine that deploys: a host may not have an engine yet. */
export class RegistryClient {
  private readonly base: string;
  private readonly repository: string;
  private readonly login: RegistryLogin | undefined;
  private readonly say: (line: string) => void;
  private authorization: string | undefined;

  /**
   * @param name image reference without tag, as `docker pull` takes it
   * @param say is told when a registry is waited for
   */
  constructor(name: string, login?: RegistryLogin, say: (line: string) => void = () => undefined) {
    const { server, endpoint, repository } = splitName(name);
    this.base = `${schemeOf(server)}://${endpoint}/v2/${repository}`;
    this.repository = repository;
    this.say = say;
    this.login = login?.server === server ? login : undefined;
  }

  /** @param reference tag or digest @returns undefined if there is none */
  async manifest(reference: string): Promise<Manifest | undefined> {
    const response = await this.get(`/manifests/${reference}`, manifestTypes);
    if (response.status === 404) return undefined;
    if (!response.ok) throw new RegistryRefused(`HTTP status ${String(response.status)}`);
    const content = Buffer.from(await response.arrayBuffer());
    // Some registries don't name it (ECR, Red Hat). The digest is that of the very bytes, whatever the registry says.
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    const said = response.headers.get("docker-content-digest") ?? digest;
    const asked = reference.startsWith("sha256:") ? reference : digest;
    if ((said.startsWith("sha256:") && said !== digest) || asked !== digest) {
      throw new RegistryRefused(`a manifest whose digest is not the one that was named, ${digest}`);
    }
    return { digest, body: jsonOf(content.toString(), "a manifest", response) };
  }

  /** What refers to a manifest: signatures, for example. Registries without that interface keep the list under a tag. */
  async referrers(digest: string): Promise<unknown> {
    const response = await this.get(`/referrers/${digest}`, manifestTypes);
    if (response.ok) return jsonOf(await response.text(), "a list of what refers to the image", response);
    return (await this.manifest(digest.replace(":", "-")))?.body;
  }

  async blob(digest: string): Promise<Buffer> {
    const response = await this.get(`/blobs/${digest}`, "*/*");
    if (!response.ok) throw new RegistryRefused(`HTTP status ${String(response.status)}`);
    return Buffer.from(await response.arrayBuffer());
  }

  private async get(path: string, accept: string): Promise<Response> {
    const ask = () =>
      this.fetch(`${this.base}${path}`, {
        accept,
        ...(this.authorization === undefined ? {} : { authorization: this.authorization }),
      });
    const response = await ask();
    if (response.status !== 401 || this.authorization !== undefined) return this.checked(response);
    this.authorization = await this.authorize(response.headers.get("www-authenticate") ?? "");
    return this.checked(await ask());
  }

  private checked(response: Response): Response {
    if (response.status !== 401 && response.status !== 403) return response;
    const who = this.login === undefined ? "without a login" : `as ${this.login.username}`;
    throw new RegistryRefused(`HTTP status ${String(response.status)} ${who}`, true);
  }

  /** Basic, or a token from where the registry says. */
  private async authorize(challenge: string): Promise<string> {
    const basic =
      this.login && `Basic ${Buffer.from(`${this.login.username}:${this.login.password}`).toString("base64")}`;
    if (!/^bearer\b/i.test(challenge)) return basic ?? "";
    const part = (name: string) =>
      new RegExp(`[\\s,]${name}=(?:"([^"]*)"|([^\\s,"]+))`, "i").exec(challenge)?.slice(1).find(Boolean);
    const realm = part("realm") ?? "nothing";
    if (!/^https?:/.test(realm) || !URL.canParse(realm)) {
      throw new RegistryRefused(`HTTP status 401 that does not say where a token is to be had, but ${realm}`);
    }
    const url = new URL(realm);
    url.searchParams.set("service", part("service") ?? "");
    url.searchParams.set("scope", `repository:${this.repository}:pull`);
    const response = this.checked(await this.fetch(url.href, basic === undefined ? {} : { authorization: basic }));
    const given = tokenAnswer.safeParse(jsonOf(await response.text(), "a token", response));
    const token = given.data?.token ?? given.data?.access_token;
    if (token === undefined || token === "") throw new RegistryRefused(`no token from ${url.host}`);
    return `Bearer ${token}`;
  }

  /** Asks again where the answer says so, at most so often and so long. */
  private async fetch(url: string, headers: Record<string, string>): Promise<Response> {
    for (let retry = 1; ; retry++) {
      const response = await this.fetchOnce(url, headers);
      if (!busy.includes(response.status)) return response;
      const seconds = secondsToWait(response.headers.get("retry-after"), retry);
      const status = `HTTP status ${String(response.status)} from ${new URL(url).host}`;
      if (seconds > longestWait) throw new RegistryRefused(`${status}, which wants ${String(seconds)} s of peace`);
      if (retry > retries) throw new RegistryRefused(`${status}, ${String(retry)} times`);
      this.say(`${status}: asking again in ${String(seconds)} s (${String(retry)} of ${String(retries)})`);
      await response.body?.cancel();
      await setTimeout(seconds * 1_000);
    }
  }

  private async fetchOnce(url: string, headers: Record<string, string>): Promise<Response> {
    try {
      return await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
      const { cause, message } = error as Error;
      throw new RegistryRefused(cause instanceof Error ? cause.message : message);
    }
  }
}

/** `Retry-After` holds seconds or a date. Without it, the waits double. */
function secondsToWait(header: string | null, retry: number): number {
  const seconds = /^\d+$/.test(header ?? "") ? Number(header) : (Date.parse(header ?? "") - Date.now()) / 1_000;
  return Number.isNaN(seconds) ? 2 ** (retry - 1) : Math.max(0, Math.ceil(seconds));
}

function jsonOf(content: string, what: string, { headers, status }: Response): unknown {
  try {
    return JSON.parse(content);
  } catch {
    const type = headers.get("content-type")?.split(";")[0] ?? "something else";
    throw new RegistryRefused(`HTTP status ${String(status)} with ${type} instead of ${what}`);
  }
}

const tokenAnswer = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/** Docker's rule: the first part is a server if it looks like one; else the image is Docker Hub's. */
function splitName(name: string): { server: string; endpoint: string; repository: string } {
  const [first = "", ...rest] = name.split("/");
  if (rest.length > 0 && (/[.:]/.test(first) || first === "localhost")) {
    return { server: first, endpoint: first, repository: rest.join("/") };
  }
  const repository = rest.length > 0 ? name : `library/${name}`;
  return { server: "docker.io", endpoint: "registry-1.docker.io", repository };
}
