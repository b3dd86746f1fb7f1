import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { dashboardsItem, type DashboardsArgs } from "../../../checklist/items/dashboards.ts";
import { diagnose } from "../support/diagnose.ts";
import { fakeHost, saying } from "../support/fake-host.ts";

/** Stands for a Prometheus and a dashboard. */
let server: Server;
let known: (query: string) => boolean;
let status: number;
const queries: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://x");
    if (url.pathname !== "/api/v1/query") {
      response.writeHead(status).end();
      return;
    }
    const query = url.searchParams.get("query") ?? "";
    queries.push(query);
    response.end(JSON.stringify({ status: "success", data: { result: known(query) ? [{}] : [] } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => server.close());
beforeEach(() => {
  [known, status] = [() => true, 200];
});

const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const metrics =
  'slipway_requests_total{slot="blue"} 0\nslipway_request_duration_seconds_count{slot="blue"} 0\nslipway_released 1\n';
const look = (args: Partial<DashboardsArgs> = {}) =>
  diagnose(
    dashboardsItem({
      service: "shop",
      stack: "staging",
      subnet: "10.213.0.0/24",
      hosts: [saying({ stdout: metrics })],
      monitoring: { kind: "existing", targets: {} },
      checklist: { prometheus: `${address()}/`, dashboard: `${address()}/d/api`, signOffs: [] },
      makeUp: "make up STACK=staging",
      ...args,
    }),
  );

test("figures at the controller and in Prometheus, and a dashboard that answers, are proven", async () => {
  expect(await look()).toEqual({ outcome: "proven", says: "" });
  expect(queries).toContain('count(slipway_released{service="shop",environment="staging"})');
});

test("the stack's own Prometheus is asked through its host, and slipway dashboard draws what it has", async () => {
  const own = (results: readonly unknown[]) =>
    look({
      monitoring: {
        kind: "host",
        targets: {},
        retentionDays: 90,
        grafana: false,
        watchdog: false,
        diskMegabytes: 2_048,
      },
      checklist: { signOffs: [] },
      hosts: [
        fakeHost((text) =>
          text.includes("http://10.213.0.8:9090")
            ? { stdout: JSON.stringify(results.map((result) => ({ data: { result } }))) }
            : { stdout: metrics },
        ),
      ],
    });
  expect(await own([[{}], [{}], [{}]])).toEqual({ outcome: "proven", says: "" });
  expect(await own([[{}], [], [{}]])).toEqual({
    outcome: "broken",
    says: "Prometheus has nothing of this stack as slipway_request_duration_seconds_count → make up STACK=staging",
  });
});

test("broken: nobody watches, no metrics, a part of them, nothing in Prometheus, no such dashboard", async () => {
  expect(await look({ monitoring: undefined })).toMatchObject({
    outcome: "broken",
    says: expect.stringMatching(/not declared → declare slipway:monitoring in Pulumi.staging.yaml.*make up/) as string,
  });
  expect(await look({ hosts: [saying({ code: 3 })] })).toMatchObject({
    outcome: "broken",
    says: expect.stringMatching(/serves no metrics → make up/) as string,
  });
  expect(await look({ hosts: [saying({ stdout: "slipway_released 1\n" })] })).toMatchObject({
    outcome: "broken",
    says: expect.stringContaining("lack slipway_requests_total, slipway_request_duration_seconds_count") as string,
  });
  known = (query) => !query.includes("slipway_released");
  expect(await look()).toMatchObject({
    outcome: "broken",
    says: expect.stringMatching(
      /nothing of this stack as slipway_released → give it the files of pulumi stack output/,
    ) as string,
  });
  known = () => true;
  status = 404;
  expect(await look()).toMatchObject({
    outcome: "broken",
    says: expect.stringMatching(/status 404 → make it, or name another/) as string,
  });
});

test("could not look: no address, nobody there, a login in front, a controller that is away", async () => {
  const unnamed = await look({ checklist: { signOffs: [] } });
  expect(unnamed.outcome).toBe("could-not-look");
  expect(unnamed.says).toMatch(
    /no Prometheus is named.*→ pulumi config set --stack staging --path slipway:checklist.prometheus/,
  );
  const away = await look({
    checklist: { prometheus: "http://127.0.0.1:9", dashboard: "http://127.0.0.1:9", signOffs: [] },
  });
  expect(away.outcome).toBe("could-not-look");
  expect(away.says).toMatch(/Prometheus can't be reached, got .* → open the tunnel/);
  for (const code of [302, 401, 403, 502]) {
    status = code;
    expect(await look()).toMatchObject({ outcome: "could-not-look" });
  }
  status = 200;
  const gone = fakeHost(() => ({ code: 1, stderr: "No such container" }));
  expect(await look({ hosts: [gone] })).toMatchObject({ outcome: "could-not-look" });
});
