import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { interpreter, sshConnection, withWayBack } from "../../../lib/hosts/host-connection.ts";

/** What runs on the machine that deploys to servers is for a Mac as well; nothing here was ever run on one. */

/** What macOS does not have, or has with other words. */
const linuxOnly: Readonly<Record<string, RegExp>> = {
  "/proc": /\/proc\//,
  "sed -i without a suffix": /\bsed (-\w+ )*-\w*i\b(?! ''| \.)/,
  "sed -r": /\bsed (-\w+ )*-\w*r\b/,
  "readlink -f": /\breadlink (-\w+ )*-\w*[fem]\b/,
  "date -d": /\bdate (-\w+ )*(-\w*d\b|--\w)/,
  "stat -c": /\bstat (-\w+ )*(-\w*c\b|--\w)/,
  "grep -P": /\bgrep (-\w+ )*-\w*P/,
  "base64 -w": /\bbase64 -\w*w/,
  "xargs -r": /\bxargs (-\w+ )*-\w*r\b/,
  "ps with long words": /\bps -?-\w{4,}/,
  "find -printf": /\bfind\b.* -printf\b/,
  timeout: /\btimeout\b(?= |")/,
  flock: /\bflock\b/,
  others:
    /\b(sha256sum|md5sum|nproc|tac|setsid|ionice|systemctl|apt-get|getent|numfmt|shuf|truncate|realpath|mktemp --\w+)\b/,
};

/** Where one may stand all the same, and why. */
const allowed: readonly (readonly [where: string, what: string, why: string])[] = [
  ["bin/slipway", "readlink -f", "macOS has it since 12.3"],
  ["toolchain/install.sh", "flock", "only where there is one: two at once are safe, only wasteful"],
  ["how a command is limited", "timeout", "GNU's; a Mac gets it by `brew install coreutils` (docs/what-was-run.md)"],
  ["toolchain/lock.ts", "flock", "only where there is one: two at once are safe, only wasteful"],
];

/** Words of the host's own shell are no words here. */
const onHost = "WORDS_OF_THE_HOST";
const access = {
  address: "203.0.113.10",
  port: 22,
  user: "slipway",
  hostKey: "ssh-ed25519 AAAA",
  identityFile: "~/.ssh/deploy",
  jump: { address: "gate.example.com", port: 22, user: "hop", hostKey: "ssh-ed25519 BBBB" },
};
const connection = sshConnection(access, "admin");
/** A command over SSH without what it has the host do: everything from the host's own `env` on is the host's. */
const overSsh = ["fail", "try-again", "wait"].map((whenLost) => {
  const options = { text: onHost, timeoutSeconds: 10, whenLost: whenLost as "fail", asRoot: true };
  const { text } = withWayBack(connection.command(options), [{ ...connection.command(options), host: "first" }]);
  return [`over SSH, ${whenLost}`, text.replaceAll(/ 'sudo -n env [^\n]*WORDS_OF_THE_HOST'?/g, " THERE")] as const;
});

const typeScript = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
/** Programs that code starts by name, as a shell would. What makes an engine or images is for Linux alone, and a deployment to servers needs neither. */
const linuxRooms = /^toolchain\/(offline\/|docker-engine|apt|images|debian|prometheus|judges|go-tool|test-tools)/;
const started = ["bin", "lib", "components", "settings", "toolchain", "packaging"]
  .flatMap(typeScript)
  .filter((file) => !linuxRooms.test(file))
  .flatMap((file) => {
    const calls = readFileSync(file, "utf8").matchAll(
      /\b(?:spawn|execFile|run)(?:Sync)?\(\s*"([^"]+)"(?:,\s*\[([^\]]*)\])?/g,
    );
    return Array.from(
      calls,
      ([, program = "", words = ""]) => [file, `${program} ${words.replaceAll(/[",]/g, "")}`] as const,
    );
  });

const scripts = ["bin/slipway", "toolchain/install.sh", "Makefile"].map(
  (file) => [file, readFileSync(file, "utf8")] as const,
);
const texts: readonly (readonly [where: string, text: string])[] = [
  ...scripts.map(([file, text]) => [file, text.replaceAll(/^\s*#.*$/gm, "")] as const),
  ...overSsh,
  ["how a command is limited", interpreter(10).join(" ")],
  ...started,
];
const found = (where: string, text: string) =>
  Object.entries(linuxOnly)
    .filter(([what, pattern]) => pattern.test(text) && !allowed.some(([at, name]) => at === where && name === what))
    .map(([what]) => what);

test.each(texts)("%s has no words that only Linux has", (where, text) => {
  expect(found(where, text), text).toEqual([]);
});

test("the look is at something: programs that are started, and connections without the host's part", () => {
  expect(started.map(([, words]) => words.split(" ")[0])).toEqual(expect.arrayContaining(["git", "/bin/sh"]));
  for (const [, text] of overSsh) expect(text).not.toContain(onHost);
  expect(overSsh.map(([, text]) => text).join()).toContain("ssh ");
});

test("each exception is needed", () => {
  for (const [where, what] of allowed) {
    const pattern = linuxOnly[what];
    expect(
      texts.some(([at, text]) => at === where && pattern?.test(text)),
      `${where}: ${what}`,
    ).toBe(true);
  }
});

describe("the look bites", () => {
  test.each([
    ["/proc", "cat /proc/meminfo"],
    ["sed -i without a suffix", "sed -i s/a/b/ file"],
    ["readlink -f", 'here=$(readlink -f "$0")'],
    ["date -d", "date -u -d @0"],
    ["stat -c", "stat -c %a file"],
    ["timeout", "timeout 5 true"],
    ["flock", "flock file true"],
    ["grep -P", "grep -oP x"],
    ["others", "sha256sum file"],
  ])("%s", (what, text) => {
    expect(found("anywhere", text)).toEqual([what]);
  });
  test.each(["sed -i '' s/a/b/ file", "sed -n s/a/b/p", "date -u +%s", "stat -f %z file", "grep -vxF x"])(
    "not on %s",
    (text) => {
      expect(found("anywhere", text)).toEqual([]);
    },
  );
});
