// AWS's token service as far as a workflow's identity goes: it believes GitHub's signature and nothing else, and a role trusts one subject.
// Source: docs.aws.amazon.com, API_AssumeRoleWithWebIdentity.
import { createPublicKey, verify, type JsonWebKey } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface StrictSts {
  readonly url: string;
  /** Subject that each role trusts, by its ARN. */
  readonly trusts: Map<string, string>;
  /** Who asked for which role, and what became of it. */
  readonly asked: { readonly role: string; readonly subject: string; readonly answer: string }[];
  stop(): Promise<void>;
}

const audience = "sts.amazonaws.com";

/** @param issuer the only one that it believes */
export async function startSts(issuer: string): Promise<StrictSts> {
  const trusts = new Map<string, string>();
  const asked: { role: string; subject: string; answer: string }[] = [];
  const decide = async (form: URLSearchParams): Promise<string> => {
    const role = form.get("RoleArn") ?? "";
    const claims = await believed(issuer, form.get("WebIdentityToken") ?? "");
    const answer =
      form.get("Action") !== "AssumeRoleWithWebIdentity"
        ? "InvalidAction"
        : typeof claims === "string"
          ? claims
          : trusts.get(role) === claims.sub
            ? "yes"
            : "AccessDenied";
    asked.push({ role, subject: typeof claims === "string" ? "" : claims.sub, answer });
    return answer;
  };
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (part: Buffer) => (text += part.toString()));
    request.on("end", () => {
      void decide(new URLSearchParams(text)).then((answer) => {
        response.writeHead(answer === "yes" ? 200 : 403).end(`${answer}\n`);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trusts,
    asked,
    stop: () =>
      new Promise((resolve) =>
        server.close(() => {
          resolve();
        }),
      ),
  };
}

interface Claims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly nbf: number;
  readonly exp: number;
}

/** The claims of a token that the issuer signed for AWS and that is good now; otherwise AWS's word for what is wrong. */
async function believed(issuer: string, token: string): Promise<Claims | string> {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString() || "{}") as object;
  const { alg, kid } = read(header) as { alg?: string; kid?: string };
  const told = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as {
    issuer: string;
    jwks_uri: string;
  };
  const { keys } = (await (await fetch(told.jwks_uri)).json()) as { keys: (JsonWebKey & { kid: string })[] };
  const key = keys.find((each) => each.kid === kid);
  if (key === undefined || alg !== "RS256" || told.issuer !== issuer) return "InvalidIdentityToken";
  const signed = Buffer.from(`${header}.${payload}`);
  const publicKey = createPublicKey({ key, format: "jwk" });
  if (!verify("sha256", signed, publicKey, Buffer.from(signature, "base64url"))) return "InvalidIdentityToken";
  const claims = read(payload) as Claims;
  if (claims.iss !== issuer || claims.aud !== audience) return "InvalidIdentityToken";
  const now = Date.now() / 1_000;
  return claims.nbf <= now && now < claims.exp ? claims : "ExpiredTokenException";
}
