import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const script = readFileSync(new URL("../../../lib/releases/volumes.sh", import.meta.url), "utf8");

/** An engine whose containers can write `can`, and show of any other volume what `shows` says. */
const engine = `#!/bin/sh
cd "$(dirname "$0")"
echo "$*" >> said
case "$1 $*" in
  run*"--user 0"*) cat shows ;;
  run*) grep -q -x "$(echo "$*" | sed 's/.*--volume \\([^:]*\\):.*/\\1/')" can ;;
esac
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-volumes-"));
  writeFileSync(join(folder, "docker"), engine);
  chmodSync(join(folder, "docker"), 0o755);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function look({ can, shows = "" }: { readonly can: readonly string[]; readonly shows?: string }) {
  writeFileSync(join(folder, "can"), can.map((volume) => `${volume}\n`).join(""));
  writeFileSync(join(folder, "shows"), shows);
  const { status, stderr } = spawnSync("sh", ["-euc", script], {
    encoding: "utf8",
    env: {
      ...{ PATH: `${folder}:/usr/bin:/bin`, VOLUMES: "v-uploads=/app/uploads\nv-media=/app/media", NAME: "moment" },
      ...{ IMAGE: "sha256:1", READER: "sha256:2", OWNER: "10001:10001", ONE_OFF: "docker run --rm" },
    },
    timeout: 20_000,
  });
  return { status, stderr, said: readFileSync(join(folder, "said"), "utf8").trim().split("\n") };
}

test("a container that never runs brings what the image has; then the service's user tries each", () => {
  const { status, stderr, said } = look({ can: ["v-uploads", "v-media"] });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(said.slice(0, 3)).toEqual([
    "rm --force moment",
    "create --name moment --network none --volume v-uploads:/app/uploads --volume v-media:/app/media sha256:1 none",
    "rm moment",
  ]);
  expect(said.filter((line) => line.startsWith("run") && line.includes("--user 10001:10001"))).toHaveLength(2);
});

test("an empty volume gets its owner from the image, so the image is to be mended; of one with files, the files", () => {
  const empty = look({ can: ["v-media"], shows: "0:0, mode 755\n" });
  expect(empty.status).toBe(1);
  expect(empty.stderr).toBe(
    "volume v-uploads: can't be written by the service at /app/uploads, got a folder of 0:0, mode 755; allowed one of 10001:10001. " +
      "No container was touched. Fix: make the folder the user's in the Dockerfile, RUN mkdir -p /app/uploads && chown 10001:10001 /app/uploads; " +
      "or name the user that the image means: slipway:container.user\n",
  );
  const filled = look({ can: [], shows: "1000:1000, mode 750\nphoto\n" });
  expect(filled.status).toBe(1);
  expect(filled.stderr.trim().split("\n")).toEqual([
    expect.stringMatching(/^volume v-uploads: .* got a folder of 1000:1000, mode 750;/),
    expect.stringContaining(
      "Fix: docker run --rm --user 0 --volume v-media:/volume --entrypoint chown sha256:2 -R 10001:10001 /volume on the host",
    ),
  ]);
});
