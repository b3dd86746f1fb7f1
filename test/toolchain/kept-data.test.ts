import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { localConnection } from "../../lib/hosts/host-connection.ts";
import { dataOn, keptOf } from "../../toolchain/kept-data.ts";
import { Stubs } from "../bin/support.ts";

/** What make down says of data and backups that stay, with a stub in place of Docker. */
const stubs = new Stubs({ timeout: 'exec /usr/bin/timeout "$@"' });
beforeAll(() => {
  vi.stubEnv("PATH", stubs.path);
});
afterAll(() => {
  vi.unstubAllEnvs();
  stubs.remove();
});

const [here, there] = ["unix:///var/run/docker.sock", "ssh://deploy@one:22"];
const provider = (host: string) => ({ urn: `urn:${host}`, id: "1", type: "pulumi:providers:docker", inputs: { host } });
const volume = (name: string, host: string, retainOnDelete = true) => ({
  urn: `urn:${name}`,
  type: "docker:index/volume:Volume",
  provider: `urn:${host}::1`,
  retainOnDelete,
  inputs: { name },
});
const backup = { urn: "urn:backup", type: "command:local:Command", inputs: { environment: { BACKUPS: "/backups" } } };
const resources = [
  ...[here, there].map(provider),
  backup,
  volume("api-local-postgres", here),
  volume("api-local-run", here, false),
  volume("api-local-redis", there),
];
const nothing = () => false;

test("data of a database that left the settings long ago are on the host all the same, so they are named", () => {
  const volumes = ["api-local-postgres", "api-local-redis"];
  expect(keptOf(resources.slice(0, -1), [{ host: here, volumes }], () => true)).toEqual([
    "Backups are kept in /backups",
    "Data are kept in the volumes api-local-postgres api-local-redis: `make up` takes up again what slipway:databases and slipway:volumes name.",
    "To delete them for good: docker volume rm api-local-postgres api-local-redis",
  ]);
});

test("each host has its own, and one without data is not spoken of", () => {
  const found = [
    { host: here, volumes: [] },
    { host: there, volumes: ["api-local-neo4j"] },
  ];
  expect(keptOf(resources, found, nothing)).toEqual([
    expect.stringContaining("the volumes api-local-neo4j:"),
    "To delete them for good: docker --host ssh://deploy@one:22 volume rm api-local-neo4j",
  ]);
});

test("where nobody could look, it is said what the state knows, and that there may be more", () => {
  expect(keptOf(resources, [{ host: here, volumes: undefined }], nothing)).toEqual([
    expect.stringContaining("the volumes api-local-postgres:"),
    "To delete them for good: docker volume rm api-local-postgres",
    "Nobody could look for more data; what is there: docker volume ls",
    expect.stringContaining("the volumes api-local-redis:"),
    "To delete them for good: docker --host ssh://deploy@one:22 volume rm api-local-redis",
    "Nobody could look for more data; what is there: docker --host ssh://deploy@one:22 volume ls",
  ]);
});

test("the host is looked at, and no other stack's data are taken for this one's", async () => {
  stubs.write(
    "docker",
    "printf '%s\\n' api-local-redis api-local-run api-local-two-redis my-api-local-neo4j api-local-volume-uploads api-local-postgres",
  );
  expect(await dataOn(localConnection(here), "api-local")).toEqual({
    host: here,
    volumes: ["api-local-postgres", "api-local-redis", "api-local-volume-uploads"],
  });
  stubs.write("docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1");
  expect((await dataOn(localConnection(here), "api-local")).volumes).toBeUndefined();
});
