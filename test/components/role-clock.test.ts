import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { Host } from "../../components/host.ts";
import { RoleClock } from "../../components/role-clock.ts";
import { localConnection } from "../../lib/hosts/host-connection.ts";
import { HostNames } from "../../lib/hosts/naming.ts";
import { recordEach } from "../support/recorder.ts";

const recorded = recordEach();

test("a host looks each minute which roles are due, as the user who deploys, until the clock leaves the stack", async () => {
  const names = new HostNames("api", "test", "10.9.9.0/24");
  const asked: Readonly<Record<string, string>>[] = [];
  const local = localConnection("unix:///d.sock");
  const connection = {
    ...local,
    deployer: "slipway",
    command: (script: Parameters<typeof local.command>[0]) => {
      if (script.asRoot === true) asked.push(script.env ?? {});
      return local.command(script);
    },
  };
  const args = { service: "api", stack: "test", subnet: "10.9.9.0/24", backups: "/b", ports: [], names };
  const host = new Host("host", { ...args, connection: local });
  new RoleClock("roles", { host: Object.assign(host, { connection }) });
  await pulumi.runtime.disconnect();

  const [on, off] = ["roles-on", "roles-off"].map((name) => recorded.resources.find((each) => each.name === name));
  const own = asked.filter((env) => env.UNIT === "slipway-roles-api-test");
  expect(own).toHaveLength(2);
  expect(own[0]).toMatchObject({ DEPLOYER: "slipway", TIMER: "OnCalendar=*-*-* *:*:00 UTC", LIMIT: "50s" });
  expect(own[0]?.PROGRAM).toContain("\nPREFIX=api-test\n");
  expect(on?.inputs.delete).toBeUndefined();
  expect(off?.inputs.delete).toBeDefined();
  expect(off?.dependsOn).toContain(on?.urn);
});
