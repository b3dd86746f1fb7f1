import { stringify } from "yaml";
import type { HostNames } from "../lib/hosts/naming.ts";
import { tellersOf } from "./dashboard.ts";
import { grafanaDashboard } from "./grafana-dashboard.ts";
import type { MonitoredStack } from "./monitoring-files.ts";
import { filesFolder, throughTunnel, watchedOf, watcherAddress } from "./on-host.ts";
import { scrapeSeconds } from "./targets.ts";
import { watcherPorts } from "./watcher-ports.ts";

/** Whom its image runs as, and whose folders it has there. */
export const grafanaUser = "472";
/** Where it keeps logins and sessions. All that lasts comes from files, so it is in memory: a changed password counts, and no disk fills up. */
export const grafanaData = "/var/lib/grafana";
/** Uid of the stack's Prometheus there. */
const datasource = "slipway";
const passwordFile = "admin-password";
const boards = "boards";

/**
 * What it reads at its start, by file name. Folders are those of Grafana's provisioning; from the last one it takes dashboards.
 *
 * @param password of the user `admin`
 */
export function grafanaFiles(
  stack: string,
  settings: MonitoredStack,
  names: Pick<HostNames, "address">,
  password: string,
): Readonly<Record<string, string>> {
  const scope = { service: settings.service, environment: stack };
  const source = {
    name: "Slipway",
    type: "prometheus",
    uid: datasource,
    access: "proxy",
    url: `http://${watcherAddress(names, "prometheus")}`,
    isDefault: true,
    editable: false,
    jsonData: { timeInterval: `${String(scrapeSeconds)}s` },
  };
  const provider = {
    name: "slipway",
    folder: "Slipway",
    type: "file",
    disableDeletion: true,
    allowUiUpdates: false,
    options: { path: `${filesFolder}/${boards}` },
  };
  return {
    "datasources/slipway.yaml": stringify({ apiVersion: 1, datasources: [source] }),
    "dashboards/slipway.yaml": stringify({ apiVersion: 1, providers: [provider] }),
    [`${boards}/slipway.json`]: grafanaDashboard(
      scope,
      datasource,
      tellersOf(settings.monitoring, watchedOf(settings)),
    ),
    [passwordFile]: password,
  };
}

/** How it is told: nobody is let in without a login, nobody signs up, and it asks nobody outside for anything. */
export const grafanaVariables: Readonly<Record<string, string>> = {
  GF_PATHS_PROVISIONING: filesFolder,
  GF_PATHS_DATA: grafanaData,
  GF_SECURITY_ADMIN_PASSWORD__FILE: `${filesFolder}/${passwordFile}`,
  GF_SECURITY_DISABLE_GRAVATAR: "true",
  GF_AUTH_ANONYMOUS_ENABLED: "false",
  GF_USERS_ALLOW_SIGN_UP: "false",
  GF_ANALYTICS_REPORTING_ENABLED: "false",
  GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
  GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
  GF_NEWS_NEWS_FEED_ENABLED: "false",
  GF_PLUGINS_PREINSTALL_DISABLED: "true",
  GF_PLUGINS_PREINSTALL_AUTO_UPDATE: "false",
  GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED: "true",
  GF_PLUGINS_PLUGIN_ADMIN_ENABLED: "false",
  GF_SNAPSHOTS_EXTERNAL_ENABLED: "false",
  GF_UNIFIED_ALERTING_ENABLED: "false",
  GF_LOG_MODE: "console",
  GF_SERVER_HTTP_PORT: String(watcherPorts.grafana),
  GF_SERVER_ROOT_URL: `${throughTunnel("grafana")}/`,
};
