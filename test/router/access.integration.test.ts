import { createServer } from "node:http";
import { afterEach, expect, it } from "vitest";
import { accessHashFile, hashOfLogin } from "../../router/access.ts";
import { leasePorts } from "../support/run/lease.ts";
import { Doorstep } from "./support/doorstep.ts";

let door: Doorstep;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${door.host.log}\n`);
  await door.close();
});

const get = (path = "/") => [`GET ${path} HTTP/1.1`, "Host: api.test"];
const login = (words: string) => `Authorization: Basic ${Buffer.from(words).toString("base64")}`;
const secrets = { [accessHashFile]: hashOfLogin("team", "pässword") };
const access = { addresses: ["127.0.8.0/24"], password: "0123abcd" };

it("whoever has the login or comes from a named address is let in, and the login goes no further", async () => {
  door = await Doorstep.open({ access }, secrets);
  expect(await door.ask(get())).toBe(401);
  for (const words of ["team:password", "team:", "other:pässword", "team:pässword "])
    expect(await door.ask([...get(), login(words)]), words).toBe(401);
  expect(await door.ask([...get("/health")])).toBe(401);
  expect(await door.ask([...get(), "X-Forwarded-For: 127.0.8.1"])).toBe(401);

  expect(await door.ask([...get(), login("team:pässword")])).toBe(200);
  expect(door.heard).not.toHaveProperty("authorization");
  expect(await door.ask([...get(), "Authorization: Bearer of-the-service"], { from: "127.0.8.7" })).toBe(200);
  expect(door.heard).toMatchObject({ authorization: "Bearer of-the-service" });
  const answer = await fetch(door.host.url);
  expect(answer.headers.get("www-authenticate")).toBe('Basic realm="slipway", charset="UTF-8"');
});

it("a release goes out behind it, and a password that is lost lets nobody in", async () => {
  door = await Doorstep.open({ access: { addresses: [], password: "0123abcd" } });
  expect(await door.host.serving()).toEqual(["blue-1"]);
  expect(await door.ask([...get(), login("team:pässword")])).toBe(401);
  expect(await door.ask([...get(), "Authorization: "])).toBe(401);
});

it("by addresses alone all others get 403", async () => {
  door = await Doorstep.open({ access: { addresses: ["127.0.8.0/24"], password: null } }, secrets);
  expect(await door.ask([...get(), login("team:pässword")])).toBe(403);
  expect(await door.ask(get(), { from: "127.0.8.1" })).toBe(200);
});

it("behind a load balancer the client's address counts, and the balancer's own question for the health", async () => {
  const loadBalancer = { addresses: ["127.0.9.0/24"], proxyProtocol: false };
  door = await Doorstep.open({ access, loadBalancer }, secrets);
  const from = "127.0.9.1";
  expect(await door.ask([...get(), "X-Forwarded-For: 127.0.8.1"], { from })).toBe(200);
  expect(await door.ask([...get(), "X-Forwarded-For: 203.0.113.1"], { from })).toBe(401);
  expect(await door.ask(get("/health"), { from })).toBe(200);
  expect(await door.ask(get("/health"))).toBe(401);
});

it("a certificate authority's challenge passes, and no password is asked for before there is a certificate", async () => {
  const [httpPort, challengePort] = [await leasePorts(), await leasePorts()];
  const keeper = createServer((_, response) => response.end("token")).listen(challengePort, "127.0.0.1");
  const tls = { source: "acme", httpPort, hstsSeconds: 0, challenge: `127.0.0.1:${String(challengePort)}` } as const;
  door = await Doorstep.open({ access, tls }, secrets);
  const url = `http://127.0.0.1:${String(httpPort)}`;
  expect(await (await fetch(`${url}/.well-known/acme-challenge/x`)).text()).toBe("token");
  const headers = { authorization: login("team:pässword").replace("Authorization: ", "") };
  expect((await fetch(url, { headers })).status).toBe(403);
  keeper.close();
});
