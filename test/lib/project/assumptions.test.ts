import { parse } from "yaml";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { settingsFor, undecided, type Beginning } from "../../../lib/project/assumptions.ts";
import { projectFiles } from "../../../lib/project/project-files.ts";
import { formatProblems } from "../../../lib/problem.ts";
import { problemsOfFile } from "../../../settings/read-configuration.ts";

const facts = { ports: [], user: "", volumes: [] };
const beginning: Beginning = {
  name: "shop-api",
  image: { build: "." },
  facts,
  source: "the Dockerfile",
  userNumber: undefined,
  databases: [],
  said: {},
  free: { port: 8081, subnet: "10.213.1.0/24" },
};
const settingsOf = (changes: Partial<Beginning>) => settingsFor({ ...beginning, ...changes });
const setting = (key: string, changes: Partial<Beginning>) => settingsOf(changes).find((one) => one.key === key);
const asking = (healthcheck: string, more = {}) => ({ facts: { ...facts, ...more, healthcheck } });

test("a Procfile's words are those behind the image's ENTRYPOINT, and a line that it would change is left out and told", () => {
  const processes = { roles: { worker: ["tclsh", "/app/run.tcl", "worker"], other: ["beat"] }, release: ["migrate"] };
  const behind = (entrypoint: readonly string[]) => ({ processes, facts: { ...facts, entrypoint } });
  expect(setting("roles", behind(["tclsh", "/app/run.tcl"]))).toMatchObject({
    value: { worker: { command: ["worker"] } },
    because: expect.stringContaining('behind ENTRYPOINT ["tclsh","/app/run.tcl"]') as string,
  });
  const left = (name: string) => expect.stringContaining(`the Procfile's ${name} line was left out`) as string;
  expect(undecided({ ...beginning, ...behind(["tclsh", "/app/run.tcl"]) })).toEqual([left("other"), left("release")]);
  const all = { worker: { command: processes.roles.worker }, other: { command: ["beat"] } };
  expect(setting("roles", behind(["/usr/local/bin/docker-entrypoint.sh"]))).toMatchObject({ value: all });
  expect(setting("roles", behind([]))).toMatchObject({ value: all });
  expect(setting("roles", behind(["tini", "-g", "--"]))).toMatchObject({ value: all });
  expect(setting("roles", behind(["tini", "--", "docker-entrypoint.sh"]))).toMatchObject({ value: all });
  expect(setting("roles", behind(["/sbin/tini", "--", "tclsh", "/app/run.tcl"]))).toMatchObject({
    value: { worker: { command: ["worker"] } },
  });
  for (const other of [["/bin/server"], ["docker-entrypoint.sh", "server"], ["tini", "server"]])
    expect(setting("roles", behind(other))).toBeUndefined();
});

test("what a person said wins, then HEALTHCHECK, then PORT, then EXPOSE; a guess is called one", () => {
  const all = { ports: [80, 81], defaultPort: 3000 };
  const check = "curl -f http://localhost:4000/up?deep=1 || exit 1";
  expect(setting("port", { ...asking(check, all), said: { port: 5000 } })).toEqual({ key: "port", value: 5000 });
  expect(setting("port", asking(check, all))).toMatchObject({ value: 4000 });
  expect(setting("health", asking(check))).toMatchObject({ value: { path: "/up?deep=1" } });
  expect(setting("port", asking("wget -q http://127.0.0.1/up", all))).toMatchObject({ value: 80 });
  expect(setting("port", asking("curl -k https://localhost/up", all))).toMatchObject({ value: 3000 });
  expect(setting("health", asking("curl http://localhost:$UNKNOWN/up"))).toMatchObject({ value: { path: "/up" } });
  expect(setting("port", { facts: { ...facts, ...all } })).toMatchObject({ value: 3000 });
  expect(setting("port", { facts: { ...facts, ports: [80, 81] } })).toMatchObject({
    value: 80,
    because: "the Dockerfile exposes it, the first of 2",
  });
  expect(setting("port", {})?.because).toMatch(/^a guess/);
  expect(setting("health", asking("redis-cli ping"))).toMatchObject({ value: { path: "/" } });
  expect(setting("health", {})?.because).toMatch(/^a guess/);
  expect(setting("health", { said: { health: "/x" } })).toEqual({ key: "health", value: { path: "/x" } });
});

test("its user keeps its number; root and names that nobody knows become 10001", () => {
  const user = (name: string, userNumber?: string) =>
    setting("container", { facts: { ...facts, user: name }, userNumber });
  expect(user("node", "1000")).toMatchObject({ value: { user: "1000" } });
  for (const name of ["", "root", "0:0", "app"]) expect(user(name)).toMatchObject({ value: { user: "10001" } });
  expect(user("app")?.because).toMatch(/^nobody could look which number the user app/);
  expect(user("root")?.because).toContain("names root");
});

test("there is no database unless a person asks for one", () => {
  expect(setting("databases", { facts: { ...facts, volumes: ["/var/lib/postgresql"] } })).toBeUndefined();
  expect(setting("databases", { databases: ["postgres", "redis"] })).toMatchObject({
    value: { postgres: { name: "shop_api", user: "shop_api" }, redis: {} },
  });
});

test("roles come from a Procfile alone, and the file takes them", () => {
  expect(setting("roles", {})).toBeUndefined();
  expect(setting("roles", { processes: { roles: {}, release: ["migrate"] } })).toBeUndefined();
  expect(setting("roles", { processes: { roles: { worker: ["rake", "jobs:work"] } } })).toMatchObject({
    value: { worker: { command: ["rake", "jobs:work"] } },
  });
});

test("what is about data is told with the line that would keep it, and written by nobody", () => {
  const of = (changes: Partial<Beginning>) => undecided({ ...beginning, ...changes });
  expect(of({})).toEqual([]);
  const seen = {
    facts: { ...facts, volumes: ["/var/lib/wiki_2", "/"] },
    processes: { roles: {}, release: ["rake", "db:migrate"] },
  };
  const [wiki, root, release] = of(seen);
  expect(wiki).toContain("the Dockerfile says VOLUME /var/lib/wiki_2, and what a container writes there goes with it");
  expect(wiki).toMatch(/: slipway:volumes: \{ wiki-2: \{ folder: \/var\/lib\/wiki_2 \} \}$/);
  expect(root).toContain("{ data: { folder: / } }");
  expect(release).toMatch(/release line does not run yet.*: slipway:release: \{ command: \["rake","db:migrate"\] \}$/);
  const text = JSON.stringify(settingsOf(seen));
  for (const word of ["wiki", "migrate"]) expect(text).not.toContain(word);
});

test("an update takes the file as it is written", () => {
  const processes = { roles: { worker: ["sh", "-c", "exec rake $QUEUE"] } };
  const all = settingsOf({ databases: ["postgres", "redis", "neo4j"], processes });
  for (const settings of [all, settingsOf({ image: { name: "ghcr.io/acme/shop", tag: "1.10" } })]) {
    const { "Pulumi.local.yaml": text = "" } = projectFiles("shop-api", settings);
    const { config } = parse(text) as { config: Record<string, unknown> };
    const entries = Object.entries(config).map(([key, value]) => ({
      key,
      value: typeof value === "string" ? value : JSON.stringify(value),
      isSecret: false,
    }));
    expect(formatProblems(problemsOfFile(entries))).toBe("");
    expect(Object.keys(config)).toEqual(settings.map(({ key }) => `slipway:${key}`));
  }
});

test("a project runs as the clone does", () => {
  const own = parse(projectFiles("shop", [])["Pulumi.yaml"] ?? "") as Record<string, unknown>;
  const clone = parse(
    readFileSync("Pulumi.yaml", "utf8").replace("./toolchain/lean-sdk.ts", "slipway/lean-sdk"),
  ) as object;
  expect({ ...own, name: "slipway", description: expect.any(String) as string }).toEqual(clone);
});
