import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aptInstall, hasApt } from "../apt.ts";
import { cached, key } from "../cache.ts";
import { ask, run } from "../command.ts";
import { contentLabel, contentOf } from "./image-content.ts";
import { SetupFailed } from "../setup-failed.ts";
import type { Task } from "../step.ts";
import { step } from "../step.ts";
import { tag } from "../stock-images.ts";

const suite = "bookworm";
/** Raise it when what is made from the same mirrors and certificates changes: everyone makes a new base then. */
const recipe = "2";
/** Longest debootstrap, in milliseconds; 40 s is usual. */
const debootstrapMs = 10 * 60_000;
const certificateFolder = "/usr/local/share/ca-certificates";
const certificateBundle = "/etc/ssl/certs/ca-certificates.crt";

interface Mirrors {
  readonly main: string;
  readonly security: string | undefined;
}

/**
 * Makes `slipway/debian:local` with debootstrap, if it is missing or made from something else.
 *
 * @returns its content hash
 * @throws SetupFailed
 */
export async function debianBase(): Promise<string> {
  return step("Debian base image", async (task) => {
    const mirrors = await hostMirrors();
    const certificates = await hostCertificates();
    const inputs = [recipe, suite, JSON.stringify(mirrors), ...certificates.values()];
    const content = key(inputs);
    if ((await contentOf(tag("debian"))) === content) return content;
    const directory = await cached(
      {
        tool: "debian-base",
        inputs,
        make: (target) => bootstrap(join(target, "base.tar"), mirrors, certificates, task),
      },
      task,
    );
    await load(join(directory, "base.tar"), content);
    return content;
  });
}

/** This machine's own Debian mirrors: they are known to answer from here. */
async function hostMirrors(): Promise<Mirrors> {
  const folder = "/etc/apt/sources.list.d";
  const names = await readdir(folder).catch(() => []);
  const files = ["/etc/apt/sources.list", ...names.map((name) => join(folder, name))];
  const text = (await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")))).join("\n");
  const urls = [...text.matchAll(/^(?!\s*#).*?(https?:\/\/\S+)/gm)].map((match) => match[1] ?? "");
  return {
    main: urls.find((url) => /\/debian\/?$/.test(url)) ?? "http://deb.debian.org/debian",
    security: urls.find((url) => /\/debian-security\/?$/.test(url)),
  };
}

/** Certificates that this machine trusts beyond Debian's own: a proxy's, for example. Builds need them too. */
async function hostCertificates(): Promise<Map<string, Buffer>> {
  const names = (await readdir(certificateFolder).catch(() => [])).filter((name) => name.endsWith(".crt")).sort();
  const pairs = await Promise.all(
    names.map(async (name) => [name, await readFile(join(certificateFolder, name))] as const),
  );
  return new Map(pairs);
}

async function bootstrap(
  target: string,
  mirrors: Mirrors,
  certificates: Map<string, Buffer>,
  task: Task,
): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new SetupFailed(
      "images: the public registry does not answer, and only root can make them from Debian packages",
      "run as root, or allow the Docker engine to reach the registry",
    );
  }
  task.begin("debootstrap, as no registry answers", "40 s");
  if ((await ask("which", ["debootstrap"])) === undefined) {
    if (!hasApt()) throw new SetupFailed("debootstrap: not found", "install it");
    await aptInstall(["debootstrap", "debian-archive-keyring"], task);
  }
  const root = await mkdtemp(join(tmpdir(), "slipway-debian-"));
  const note = (line: string): void => {
    task.note(line);
  };
  try {
    await run("debootstrap", ["--variant=minbase", "--include=ca-certificates", suite, root, mirrors.main], {
      limit: debootstrapMs,
      line: note,
    });
    await writeFile(join(root, "etc/apt/sources.list"), sources(mirrors));
    for (const [name, content] of certificates) await writeFile(join(root, certificateFolder, name), content);
    await run("chroot", [root, "update-ca-certificates"], { limit: 60_000 });
    const spare = ["var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale"];
    for (const folder of spare) {
      await rm(join(root, folder), { recursive: true, force: true });
      await mkdir(join(root, folder), { recursive: true });
    }
    await run("tar", ["--numeric-owner", "-C", root, "-cf", target, "."], { limit: 120_000 });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function sources({ main, security }: Mirrors): string {
  const lines = [`deb ${main} ${suite} main`, `deb ${main} ${suite}-updates main`];
  if (security !== undefined) lines.push(`deb ${security} ${suite}-security main`);
  return `${lines.join("\n")}\n`;
}

async function load(tarball: string, content: string): Promise<void> {
  const changes = [
    `LABEL ${contentLabel}=${content}`,
    "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    // Tools that bring certificates of their own are told to trust what Debian trusts.
    ...["SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"].map(
      (name) => `ENV ${name}=${certificateBundle}`,
    ),
    'CMD ["bash"]',
  ];
  const options = changes.flatMap((change) => ["--change", change]);
  await run("docker", ["import", ...options, tarball, tag("debian")], { limit: debootstrapMs });
}
