import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { leaseSubnet } from "./run/lease.ts";
import { tag } from "../../toolchain/stock-images.ts";

/** First settings of a stack for a service in that folder, at a place of its own. */
export const placed = async (folder: string, listenPort: string) => ({
  version: "1.0.0",
  "image.build": folder,
  subnet: `${await leaseSubnet()}.0/24`,
  listenPort,
});

/**
 * Writes a service of plain Node, which `slipway:image.build` may name.
 *
 * @param files its code by name; `server.js` is what starts
 * @param lines further ones of its Dockerfile
 */
export function writeNodeService(
  folder: string,
  files: Readonly<Record<"server.js", string> & Record<string, string>>,
  lines: readonly string[] = [],
): void {
  const dockerfile = [
    `FROM ${tag("node")}`,
    ...lines,
    `COPY ${Object.keys(files).join(" ")} /app/`,
    'CMD ["node", "/app/server.js"]',
  ];
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries({ ...files, Dockerfile: `${dockerfile.join("\n")}\n` }))
    writeFileSync(join(folder, name), text);
}
