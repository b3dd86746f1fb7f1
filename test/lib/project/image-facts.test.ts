import { expect, test } from "vitest";
import { inherit, readDockerfile, readImage } from "../../../lib/project/image-facts.ts";

const nothing = { ports: [], defaultPort: undefined, user: "", healthcheck: undefined, volumes: [] };

test("of a Dockerfile the last stage counts", () => {
  const text = `# syntax=docker/dockerfile:1
FROM golang:1.26 AS build
EXPOSE 1
USER builder
FROM gcr.io/distroless/static
ARG WEB=9000
ENV PORT=3000 OTHER="x y"
EXPOSE $PORT \${WEB}/tcp 53/udp
USER 1000:1000
VOLUME ["/data", "/var/lib/x"]
HEALTHCHECK --interval=5s CMD curl -f \\
  http://localhost:3000/healthz || exit 1
`;
  const { facts, base } = readDockerfile(text);
  expect(base).toBe("gcr.io/distroless/static");
  expect(facts).toMatchObject({
    ports: [3000, 9000],
    defaultPort: 3000,
    user: "1000:1000",
    volumes: ["/data", "/var/lib/x"],
  });
  expect(facts.healthcheck).toContain("http://localhost:3000/healthz");
});

test("a stage that begins with an earlier one has that one's image", () => {
  expect(readDockerfile("FROM node:24 AS base\nFROM base\nCMD x\n")).toEqual({ base: "node:24", facts: nothing });
  expect(readDockerfile("FROM scratch\nCOPY x /x\n").base).toBeUndefined();
  expect(readDockerfile("ARG IMAGE\nFROM ${IMAGE}\nHEALTHCHECK NONE\n")).toEqual({ base: undefined, facts: nothing });
});

test("a port is what the environment says, also in the command that asks for health", () => {
  const asks = (line: string) => readDockerfile(`FROM x\nENV PORT=3000\nHEALTHCHECK CMD ${line}\n`).facts.healthcheck;
  expect(asks("curl http://localhost:$PORT/a")).toContain("localhost:3000/a");
  expect(asks("curl http://localhost:${PORT}/a")).toContain("localhost:3000/a");
  expect(asks("curl http://localhost:${OTHER:-81}/a")).toContain("localhost:81/a");
  expect(asks('["curl", "http://localhost:9000/a"]')).toContain("localhost:9000/a");
  const Config = { Env: ["PORT=3000"], Healthcheck: { Test: ["CMD-SHELL", "curl http://localhost:${PORT:-1}/a"] } };
  expect(readImage(JSON.stringify([{ Config }])).healthcheck).toBe("curl http://localhost:3000/a");
});

test("an image says the same in its configuration", () => {
  const Config = {
    ExposedPorts: { "8080/tcp": {}, "9090/udp": {} },
    Env: ["PATH=/bin", "PORT=8080"],
    User: "node",
    Healthcheck: { Test: ["CMD-SHELL", "wget -q http://127.0.0.1:8080/ready"] },
    Volumes: { "/data": {} },
    Entrypoint: ["docker-entrypoint.sh"],
  };
  expect(readImage(JSON.stringify([{ Config }]))).toEqual({
    ports: [8080],
    defaultPort: 8080,
    user: "node",
    healthcheck: "wget -q http://127.0.0.1:8080/ready",
    volumes: ["/data"],
    entrypoint: ["docker-entrypoint.sh"],
  });
  const none = { ...nothing, entrypoint: [] };
  expect(readImage(JSON.stringify([{ Config: { Healthcheck: { Test: ["NONE"] } } }]))).toEqual(none);
});

test("what a Dockerfile does not say, its base says", () => {
  const base = { ports: [80], defaultPort: 80, user: "web", healthcheck: "x", volumes: ["/a"] };
  expect(inherit(nothing, base)).toEqual(base);
  const own = { ports: [90], defaultPort: 90, user: "1", healthcheck: "y", volumes: ["/b"] };
  expect(inherit(own, base)).toEqual({ ...own, volumes: ["/a", "/b"] });
});

test("an ENTRYPOINT is words or a line for a shell, and an empty one takes back that of the base", () => {
  const of = (line: string) => readDockerfile(`FROM x\nENTRYPOINT ["no"]\n${line}\n`).facts.entrypoint;
  expect(of('ENTRYPOINT ["tclsh", "/app/run.tcl"]')).toEqual(["tclsh", "/app/run.tcl"]);
  expect(of("ENTRYPOINT exec run")).toEqual(["/bin/sh", "-c", "exec run"]);
  const base = { ...nothing, entrypoint: ["base"] };
  expect(inherit({ ...nothing, entrypoint: of("ENTRYPOINT []") }, base).entrypoint).toEqual([]);
  expect(inherit(nothing, base).entrypoint).toEqual(["base"]);
});
