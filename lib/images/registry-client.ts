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

const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Asks a registry by its own protocol (OCI distribution), from the machine that deploys: a host may not have an engine yet. */
export class RegistryClient {
  private readonly base: string;
  private readonly repository: string;
  private readonly login: RegistryLogin | undefined;
  private authorization: string | undefined;

  /** @param name image reference without tag, as `docker pull` takes it */
  constructor(name: string, login?: RegistryLogin) {
    const { server, endpoint, repository } = splitName(name);
    // As Docker has it: only a registry on this machine may do without encryption.
    this.base = `${/^(localhost|127\.)/.test(server) ? "http" : "https"}://${endpoint}/v2/${repository}`;
    this.repository = repository;
    this.login = login?.server === server ? login : undefined;
  }

  /** @param reference tag or digest @returns undefined if there is none */
  async manifest(reference: string): Promise<Manifest | undefined> {
    const response = await this.get(`/manifests/${reference}`, manifestTypes);
    if (response.status === 404) return undefined;
    const digest = response.headers.get("docker-content-digest");
    if (!response.ok || digest === null) throw new RegistryRefused(`HTTP status ${String(response.status)}`);
    return { digest, body: await response.json() };
  }

  /** What refers to a manifest: signatures, for example. Registries without that interface keep the list under a tag. */
  async referrers(digest: string): Promise<unknown> {
    const response = await this.get(`/referrers/${digest}`, manifestTypes);
    if (response.ok) return response.json();
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
    if (!/^bearer /i.test(challenge)) return basic ?? "";
    const part = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
    const url = new URL(part("realm") ?? "");
    url.searchParams.set("service", part("service") ?? "");
    url.searchParams.set("scope", `repository:${this.repository}:pull`);
    const response = this.checked(await this.fetch(url.href, basic === undefined ? {} : { authorization: basic }));
    const { token, access_token } = tokenAnswer.parse(await response.json());
    return `Bearer ${token ?? access_token ?? ""}`;
  }

  private async fetch(url: string, headers: Record<string, string>): Promise<Response> {
    try {
      return await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
      const { cause, message } = error as Error;
      throw new RegistryRefused(cause instanceof Error ? cause.message : message);
    }
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
