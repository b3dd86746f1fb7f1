import { expect, test } from "vitest";
import { parse } from "yaml";
import { HostNames } from "../../lib/hosts/naming.ts";
import { grafanaFiles, grafanaVariables } from "../../monitoring/grafana.ts";
import { settingsOf } from "../support/settings-of.ts";

const settings = settingsOf({
  service: "api",
  databases: { postgres: { name: "ape", user: "ape" } },
  monitoring: { kind: "host", grafana: true, service: { port: 8001 } },
  grafanaPassword: "given",
});
const names = new HostNames("api", "production", settings.subnet);
const files = grafanaFiles("production", settings, names, "planted-password");
const file = (name: string) => files[name] ?? "";

/** Keys as Grafana's page "Provisioning" has them. */
const keysOfSource = ["access", "editable", "isDefault", "jsonData", "name", "type", "uid", "url"];
const keysOfProvider = ["allowUiUpdates", "disableDeletion", "folder", "name", "options", "type"];

test("its one data source is the stack's Prometheus, which nobody changes there", () => {
  const { apiVersion, datasources } = parse(file("datasources/slipway.yaml")) as {
    apiVersion: number;
    datasources: [Record<string, unknown>];
  };
  expect(apiVersion).toBe(1);
  expect(datasources).toHaveLength(1);
  expect(Object.keys(datasources[0]).sort()).toEqual(keysOfSource);
  expect(datasources[0]).toMatchObject({
    type: "prometheus",
    access: "proxy",
    url: "http://10.213.0.8:9090",
    editable: false,
    jsonData: { timeInterval: "15s" },
  });
});

test("its dashboard is the stack's own, from a folder of files, and asks that data source", () => {
  const { apiVersion, providers } = parse(file("dashboards/slipway.yaml")) as {
    apiVersion: number;
    providers: [{ options: { path: string } }];
  };
  expect(apiVersion).toBe(1);
  expect(Object.keys(providers[0]).sort()).toEqual(keysOfProvider);
  expect(providers[0]).toMatchObject({ type: "file", allowUiUpdates: false, disableDeletion: true });
  expect(providers[0].options.path).toBe("/etc/slipway/boards");
  const board = file("boards/slipway.json");
  const uids = [...board.matchAll(/"datasource": \{\s*"type": "prometheus",\s*"uid": "([^"]*)"/g)].map(
    ([, uid]) => uid,
  );
  expect([...new Set(uids)]).toEqual(["slipway"]);
  const { panels, editable } = JSON.parse(board) as { panels: { title: string }[]; editable: boolean };
  expect(editable).toBe(false);
  expect(panels.map(({ title }) => title)).toEqual(
    expect.arrayContaining(["Requests", "In flight in the service", "Connections of PostgreSQL"]),
  );
});

test("the password is in its file and nowhere else, and its files are all in folders that are mounted", () => {
  expect(Object.keys(files).filter((name) => file(name).includes("planted-password"))).toEqual(["admin-password"]);
  expect(grafanaVariables.GF_SECURITY_ADMIN_PASSWORD__FILE).toBe("/etc/slipway/admin-password");
  expect(grafanaVariables.GF_PATHS_PROVISIONING).toBe("/etc/slipway");
});

test("nobody is let in without a login, and nobody outside is asked for anything", () => {
  expect(grafanaVariables).toMatchObject({
    GF_AUTH_ANONYMOUS_ENABLED: "false",
    GF_USERS_ALLOW_SIGN_UP: "false",
    GF_ANALYTICS_REPORTING_ENABLED: "false",
    GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
    GF_NEWS_NEWS_FEED_ENABLED: "false",
    GF_PLUGINS_PREINSTALL_DISABLED: "true",
    GF_PLUGINS_PREINSTALL_AUTO_UPDATE: "false",
    GF_SECURITY_DISABLE_GRAVATAR: "true",
  });
});
