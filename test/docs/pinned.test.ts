import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pinnedImage, stockImages } from "../../lib/images/stock-images.ts";

/** Everything that runs is checked by a hash: images by digest, downloads by a lock; or it is said here why not. */

const root = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
/** What people read, and what tests plant, runs nothing. */
const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" })
  .trim()
  .split("\n")
  .filter((file) => !/\.(md|snap|png|svg)$|^test\/.*\.ts$|(package-lock\.json|go\.sum)$/.test(file));
const digest = /@sha256:[0-9a-f]{64}$/;

interface Found {
  readonly file: string;
  readonly text: string;
}

/** References to images, wherever they stand. */
function imagesIn(file: string, text: string): string[] {
  if (/dockerfile/i.test(file)) return fromDockerfile(text);
  if (/\.ya?ml$/.test(file)) {
    return [...text.matchAll(/(?:\bimage|_IMAGE): ["']?([^\s"']+)/g)].map(([, image = ""]) => image);
  }
  // In code: a name and a tag that looks like a version, as a whole text.
  const quoted = /["'`]([a-z][a-z0-9./_-]*:(?:v?\d[\w.-]*|latest|stable)(?:@sha256:[0-9a-f]{64})?)["'`]/g;
  return [...text.matchAll(quoted)].map(([, image = ""]) => image).filter((image) => !/:\d{2,5}$/.test(image));
}

/** An argument without a value is given by the program; one with a value counts by it. */
function fromDockerfile(text: string): string[] {
  const values = new Map(
    [...text.matchAll(/^ARG (\w+)(?:=(\S+))?$/gm)].map(([, name, value]) => [`\${${name ?? ""}}`, value]),
  );
  const stages = new Set([...text.matchAll(/^FROM .* AS (\S+)$/gim)].map(([, stage]) => stage));
  return [...text.matchAll(/^FROM (\S+)/gm)]
    .map(([, image = ""]) => (values.has(image) ? values.get(image) : image))
    .filter((image) => image !== undefined)
    .filter((image) => !stages.has(image));
}

/** Images without a digest, and why. */
const tagged: readonly (Found & { readonly why: string })[] = [
  {
    file: "examples/ape-2026/.github/workflows/cd.yml",
    text: "${{",
    why: "the service's own image, which the run has just built and names by digest once it is pushed",
  },
];

const unpinned = (): Found[] =>
  tracked.flatMap((file) =>
    imagesIn(file, read(file))
      .filter((image) => !digest.test(image))
      .map((text) => ({ file, text })),
  );
const isExcused = (found: Found, excuses: readonly Found[]) =>
  excuses.some(({ file, text }) => found.file === file && found.text.includes(text));

test("every image is named by digest", () => {
  expect(tracked.flatMap((file) => imagesIn(file, read(file))).length).toBeGreaterThan(15);
  expect(unpinned().filter((found) => !isExcused(found, tagged))).toEqual([]);
});

test("what repeats an image names the one that Dependabot moves", () => {
  const known = new Set([...Object.values(stockImages), pinnedImage("trivy")]);
  const repeated = tracked.flatMap((file) =>
    imagesIn(file, read(file))
      .filter((image) => digest.test(image))
      .map((text) => ({ file, text })),
  );
  expect(repeated.filter(({ text }) => !known.has(text))).toEqual([]);
});

/** What fetches something that runs. */
const fetches =
  /\b(curl|wget|npx|npm (?:install|i|rebuild|exec)|pip3? install|go (?:install|get)|apt-get install|mvn|uvx|pipx|git clone)\b|docker pull|"plugin", "install"|\blauncher, \[|run\("debootstrap"|await aptInstall\(/;
/** A comment, or advice to a person. */
const isWords = /^\s*(#|\/\/|\*|\/\*)|Fix: |: not found\.|Have you run /;
/** What is checked by a hash that stands here, or by the reference itself. */
const isChecked = /--require-hashes|@\$DIGEST/;

/** Fetched without a hash of ours, and what checks it instead. */
const trusted: readonly { readonly file: RegExp; readonly line: RegExp; readonly why: string }[] = [
  {
    file: /^lib\/(folders|project\/new-project-problems)\.ts$/,
    line: /npx slipway|npm install --prefix \. with Slipway's archive/,
    why: "what a person types in a project: npx runs the package that is there, and the archive lies beside it",
  },
  {
    file: /^(toolchain|lib\/hosts|test\/support\/hosts)\//,
    line: /apt-get install|aptInstall|debootstrap/,
    why: "Debian's archive is signed, and its keys come with the machine",
  },
  {
    file: /^workflows\/(\w+\/)?scripts\/|^(examples\/ape-2026\/)?\.github\/workflows\/\w+\.yml$/,
    line: /\bcurl\b/,
    why: "asks an API; nothing of the answer is run",
  },
  {
    file: /^workflows\/cd\/scripts\/|^examples\/ape-2026\/\.github\/workflows\/cd\.yml$/,
    line: /docker pull .*"\$(IMAGE:\$TAG|image:sha-\$GITHUB_SHA)"/,
    why: "looks up which digest a tag of the service has; only that digest goes on",
  },
  {
    file: /^workflows\/cd\/scripts\/sign\.sh$|^examples\/ape-2026\/\.github\/workflows\/cd\.yml$/,
    line: /go install "github\.com\/sigstore\/cosign\/v3\/cmd\/cosign@\$COSIGN_VERSION"/,
    why: "an exact version, checked against Go's checksum database",
  },
  {
    file: /^workflows\/ci\/scripts\/safety\.sh$/,
    line: /safety==/,
    why: "a scanner that a stack asks for; its job can read the code and has its own key only, and its many parts move daily",
  },
  {
    file: /^toolchain\/offline\/images\/neo4j\/Dockerfile$/,
    line: /mvn|apt-get install/,
    why: "a stand-in for machines that reach no registry: exact versions, over TLS, compared with Maven Central's checksums",
  },
  {
    file: /^toolchain\/(engine|plugins)\.ts$/,
    line: /launcher, \[|"plugin", "install"/,
    why: "the vendor's exact version over TLS: no package here brings its hash. SLIPWAY_VENDOR=no builds it from Go modules by go.sum",
  },
];

const downloads = tracked.flatMap((file) =>
  read(file)
    .split("\n")
    .filter((line) => fetches.test(line) && !isWords.test(line) && !isChecked.test(line))
    .map((text) => ({ file, text: text.trim() })),
);

test("every download is checked by a hash, or it is said what checks it", () => {
  expect(downloads.length).toBeGreaterThan(10);
  const unknown = downloads.filter(
    ({ file, text }) => !trusted.some((one) => one.file.test(file) && one.line.test(text)),
  );
  expect(unknown).toEqual([]);
});

test("no excuse is left over", () => {
  expect(tagged.filter((excuse) => !unpinned().some((found) => isExcused(found, [excuse])))).toEqual([]);
  expect(
    trusted.filter((one) => !downloads.some(({ file, text }) => one.file.test(file) && one.line.test(text))),
  ).toEqual([]);
});

test("no package runs a script when it is installed", () => {
  const installs = tracked.flatMap((file) =>
    read(file)
      .split("\n")
      .filter((line) => /^\s*[^#]*\bnpm ci\b/.test(line) && !isWords.test(line))
      .map((text) => ({ file, text: text.trim() })),
  );
  expect(installs.length).toBeGreaterThan(0);
  expect(installs.filter(({ text }) => !text.includes("--ignore-scripts"))).toEqual([]);
});
