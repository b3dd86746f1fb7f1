import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tag } from "../../toolchain/stock-images.ts";

/**
 * Reads what Grafana is given as its image does, and refuses what that could not work with: a password's file that its user can't read, a folder for data that it
 * can't write. It answers as healthy, and shows who has the password what it found.
 */
const program = `
const { readFileSync, readdirSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { createServer } = require("node:http");
const { env } = process;
if (env.GF_SECURITY_ADMIN_PASSWORD !== undefined) throw new Error("the password is a variable");
const password = readFileSync(env.GF_SECURITY_ADMIN_PASSWORD__FILE, "utf8");
writeFileSync(join(env.GF_PATHS_DATA, "grafana.db"), "x");
const provisioned = (kind) => {
  const folder = join(env.GF_PATHS_PROVISIONING, kind);
  return readdirSync(folder).filter((name) => /\\.ya?ml$/.test(name)).map((name) => readFileSync(join(folder, name), "utf8")).join("");
};
const [, path] = /path: (\\S+)/.exec(provisioned("dashboards"));
const found = {
  user: process.getuid(),
  source: /url: (\\S+)/.exec(provisioned("datasources"))[1],
  boards: readdirSync(path).map((name) => JSON.parse(readFileSync(join(path, name), "utf8")).title),
};
const login = "Basic " + Buffer.from("admin:" + password).toString("base64");
createServer((request, response) => {
  if (request.url === "/api/health") return response.end("{}");
  if (request.headers.authorization !== login) return response.writeHead(401).end();
  response.end(JSON.stringify(found));
}).listen(Number(env.GF_SERVER_HTTP_PORT));
process.on("SIGTERM", () => process.exit(0));
`;

/** Builds it. Grafana itself can't be had here. @param image its tag @param stack whose it is */
export function buildGrafanaStandIn(image: string, stack: string): void {
  const folder = mkdtempSync(join(tmpdir(), "slipway-grafana-"));
  const lines = [
    `FROM ${tag("node")}`,
    "COPY grafana.js /usr/share/grafana/",
    "RUN mkdir -p /var/lib/grafana && chown 472 /var/lib/grafana",
    "USER 472",
    'ENTRYPOINT ["node", "/usr/share/grafana/grafana.js"]',
  ];
  try {
    writeFileSync(join(folder, "grafana.js"), program);
    writeFileSync(join(folder, "Dockerfile"), `${lines.join("\n")}\n`);
    execFileSync("docker", ["build", "--quiet", "--label", `slipway.stack=${stack}`, "--tag", image, folder]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
