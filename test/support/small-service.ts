// A service of a few lines, and tools for its ci.yml that need no download: they take the arguments of the real ones, want the files that
// those want, and run its code and its tests with the machine's own Python.
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { stockImages } from "../../lib/images/stock-images.ts";
import { defaultCiSettings } from "../../workflows/ci/settings.ts";
import { tag } from "../../toolchain/stock-images.ts";
import type { EmulatedActions } from "./emulated-actions.ts";

const run = promisify(execFile);

const answer = (value: number) => `def answer():\n    return ${value}\n`;

/** Speaks to both services that ci.yml starts, as far as their first answer. */
const servicesAnswer = `import os
import socket
import unittest
from urllib.parse import urlsplit


def said(url, words):
    place = urlsplit(os.environ[url])
    with socket.create_connection((place.hostname, place.port), timeout=10) as service:
        service.sendall(words)
        return service.recv(7)


class Services(unittest.TestCase):
    def test_redis(self):
        self.assertEqual(said("REDIS_URL", b"PING\\r\\n"), b"+PONG\\r\\n")

    def test_postgres(self):
        self.assertIn(said("DATABASE_URL", bytes([0, 0, 0, 8, 4, 210, 22, 47])), (b"N", b"S"))
`;

/** By path. */
export const smallService: Readonly<Record<string, string>> = {
  "src/__init__.py": "",
  "src/answer.py": answer(42),
  "tests/__init__.py": "",
  "tests/unit/__init__.py": "",
  "tests/unit/test_answer.py":
    "import unittest\n\nfrom src.answer import answer\n\n\nclass Answer(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(answer(), 42)\n",
  "tests/integration/__init__.py": "",
  "tests/integration/test_services.py": servicesAnswer,
  "requirements.txt": "",
  ...Object.fromEntries(defaultCiSettings.pythons.map((version) => [`requirements-dev-${version}.txt`, ""])),
  ".secrets.baseline": "{}\n",
  Dockerfile: "FROM scratch\nCOPY src /src\nARG VERSION\nLABEL org.opencontainers.image.version=${VERSION}\n",
};

/** A change that its unit tests find. */
export const brokenChange: Readonly<Record<string, string>> = { "src/answer.py": answer(41) };

export async function writeInto(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** What every linter does: the code is Python. */
const linter = `while [ $# -gt 0 ]; do case $1 in -*) ;; *) python3 -m compileall -q "$1" ;; esac; shift; done`;

const tools: Readonly<Record<string, string>> = {
  python: `case "$*" in "-m pip install"*--require-hashes*) test -e "\${@: -1}" ;; *) exec python3 "$@" ;; esac`,
  ...Object.fromEntries(["black", "isort", "flake8", "mypy", "pylint"].map((name) => [name, linter])),
  pytest: `mkdir -p reports/html; for file in coverage tests; do echo '<x/>' > "reports/$file.xml"; done
exec python3 -m unittest discover --start-directory "$1" --top-level-directory .`,
  "pip-audit": `[[ "$*" == *--strict* ]] && test -e "\${@: -1}"`,
  bandit: `while [ $# -gt 0 ]; do case $1 in --output) echo '{}' > "$2"; shift ;; esac; shift; done`,
  "detect-secrets-hook": `[[ "$*" == *"--baseline .secrets.baseline"* ]] && test -e .secrets.baseline`,
};

/** In place of the scanner's image, which has no database here. Everything else is Docker's own, but for registries, which are not here. */
const docker = (
  path: string,
) => `while read -r word; do case $word in ghcr.io/*) echo "$word" >> "$HOME/images" ;; esac; done < <([ "$1" != build ] || printf '%s\\n' "$@" | grep -A1 '^--tag$')
case "$1 $*" in
  login*) exit 1 ;;
  run*slipway-test/trivy*)
    while [ $# -gt 0 ]; do
      case $1 in
        --input) tar --list --file "$2" > /dev/null ;;
        --output) echo '{}' > "$2" ;;
      esac
      shift
    done ;;
  *) PATH='${path}' exec docker "$@" ;;
esac`;

/** Lets `actions` run the service's ci.yml, as rendered with its defaults. */
export async function equip(actions: EmulatedActions): Promise<void> {
  Object.assign(actions.images, {
    [stockImages.postgres]: tag("postgres"),
    [stockImages.redis]: tag("redis"),
    [defaultCiSettings.images.trivy]: "slipway-test/trivy",
  });
  for (const [name, text] of Object.entries(tools)) await actions.plant(name, `#!/bin/bash\nset -e\n${text}\n`);
  await actions.plant("docker", `#!/bin/bash\nset -e\n${docker(process.env.PATH ?? "")}\n`);
  actions.standIns["actions/setup-python"] = () => Promise.resolve({});
}

/** Takes away the images that it built. */
export async function clearAway({ home }: EmulatedActions): Promise<void> {
  const built = await readFile(join(home, "images"), "utf8").catch(() => "");
  const names = built.split("\n").filter((name) => name !== "");
  if (names.length > 0) await run("docker", ["rmi", "--force", ...names]);
}
