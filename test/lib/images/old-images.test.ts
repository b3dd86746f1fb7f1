import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { heldImages, removalScript } from "../../../lib/images/old-images.ts";

const digest = (number: number) => `sha256:${String(number).repeat(64)}`;
const image = (number: number, name = "ghcr.io/acme/api") => `${name}@${digest(number)}`;
/** Rollouts of releases 9 to 1, newest first, as the controller prints them. */
const records = JSON.stringify(
  [9, 8, 7, 6, 5, 4, 3, 2].map((number) => ({
    from: { id: "a", image: image(number - 1) },
    to: { id: "b", image: image(number).replace("@", ":main-1.0_x@") },
  })),
);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-old-images-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** @param tags how many tags each image has @returns the images that Docker was told to remove */
function remove({
  held = [image(9), image(8)],
  keep = 2,
  tags = "0",
  printed = records,
  rm = "exit 0",
  built = "",
  used = "",
} = {}) {
  const log = join(folder, "log");
  writeFileSync(log, "");
  writeFileSync(join(folder, "records"), printed);
  const docker = `#!/bin/sh
case "$*" in
  "exec controller slipway-router rollouts --json") cat ${folder}/records ;;
  "image inspect"*) echo ${tags} ;;
  "ps --all --quiet --no-trunc") echo ${used === "" ? "" : "container"} ;;
  "inspect --type container --format {{.Image}} container") echo ${used} ;;
  "image ls"*"--filter label=slipway.service=api --filter label=slipway.stack=local"*) printf '${built}' ;;
  "image rm "*) echo "$3" >> ${log}; ${rm} ;;
  *) echo "unexpected: $*" >> ${log} ;;
esac
`;
  writeFileSync(join(folder, "docker"), docker);
  chmodSync(join(folder, "docker"), 0o755);
  const env = { PATH: `${folder}:${process.env.PATH ?? ""}`, CONTROLLER: "controller", SERVICE: "api", STACK: "local" };
  const output = execFileSync("sh", ["-uc", removalScript], {
    encoding: "utf8",
    env: { ...env, HELD: heldImages(held), KEEP: String(keep) },
  });
  return { removed: readFileSync(log, "utf8").split("\n").filter(Boolean), output };
}

describe("after a promotion", () => {
  test("images of earlier releases beyond the newest to keep go, and that is said", () => {
    const { removed, output } = remove();
    expect(removed).toEqual([5, 4, 3, 2, 1].map((number) => image(number)));
    expect(output.split("\n")[0]).toBe(`images: removed ${image(5)}, of an earlier release`);
  });

  test("none that a way back needs goes, however old it is, tagged or not", () => {
    const { removed } = remove({ held: [image(9), image(3).replace("@", ":v3@")], keep: 0 });
    expect(removed).toEqual([8, 7, 6, 5, 4, 2, 1].map((number) => image(number)));
  });

  test("only images that this stack's own rollouts name are looked at", () => {
    expect(remove({ printed: "[]" }).removed).toEqual([]);
    // Built on the host: its slot takes the old one away.
    expect(remove({ printed: '[{"to":{"image":"api:1.0.0-0123"}}]', keep: 0 }).removed).toEqual([]);
  });

  test("an image that has a tag, that is in use or that is gone stays out of it", () => {
    expect(remove({ tags: "1" }).removed).toEqual([]);
    expect(remove({ tags: "" }).removed).toEqual([]);
    expect(remove({ rm: "exit 1" }).output).toBe("");
  });

  test("of what was built here, all that no container has goes, with or without a name", () => {
    const built = "sha256:a api-local/blue:1.0.0\\nsha256:b api-local/blue:1.1.0\\nsha256:c <none>:<none>\\n";
    const { removed, output } = remove({ printed: "[]", built, used: "sha256:b" });
    expect(removed).toEqual(["api-local/blue:1.0.0", "sha256:c"]);
    expect(output).toContain("images: removed api-local/blue:1.0.0, which was built here");
  });

  test("a controller that can't be asked fails nothing", () => {
    expect(remove({ printed: "" })).toEqual({ removed: [], output: "" });
  });
});
