import { readFileSync } from "node:fs";
import { askHost } from "./ask-host.ts";
import type { HostConnection } from "./host-connection.ts";
import type { Problem } from "../problem.ts";
import { unreachable } from "./unreachable.ts";

/** What a release needs of a host. */
interface HostNeeds {
  readonly path: string;
  /** Slipway itself prepares the host, so Docker may be missing. */
  readonly prepares: boolean;
}

/** What was found on a host, and everything that is wrong with it. */
export interface HostSurvey {
  readonly problems: readonly Problem[];
  /** The user who deploys is not known there yet: only the one who prepares the host gets in. */
  readonly isBare: boolean;
}

const script = readFileSync(new URL("host-survey.sh", import.meta.url), "utf8");
/** Longest that a host may take to be looked at, in seconds; reaching it may take 20 s more. */
const timeoutSeconds = 20;
/** What one more release may need: its image, a database's dump, room to breathe. */
const neededMegabytes = 1_024;
/** A clock that is off further than this makes certificates and signatures look wrong, in seconds. */
const clockToleranceSeconds = 120;

/**
 * Looks at a host and changes nothing. Never takes longer than a minute. Of an engine that needs no SSH only the address is looked at.
 *
 * @param path where the host stands in the settings: `slipway:host`
 */
export async function surveyHost(connection: HostConnection, path: string): Promise<HostSurvey> {
  if (connection.kind === "local") return { problems: plainEngine(connection.name, path), isBare: false };
  const needs = { path, prepares: connection.deployer !== undefined };
  const asDeployer = await askHost(connection, { text: script, timeoutSeconds });
  if (asDeployer.code === 0) return { problems: judge(asDeployer.stdout, needs), isBare: false };
  if (!needs.prepares || !asDeployer.stderr.includes("Permission denied")) {
    return { problems: [await unreachable(asDeployer, connection, needs)], isBare: false };
  }
  const asRoot = await askHost(connection, { text: script, timeoutSeconds, asRoot: true });
  if (asRoot.code === 0) return { problems: judge(asRoot.stdout, needs), isBare: true };
  return { problems: [await unreachable(asRoot, connection, needs)], isBare: true };
}

/**
 * Whoever is on the way of plain TCP is root where the engine runs. Docker's command line and its provider take TLS from the same variables.
 *
 * @param engine its address
 */
export function plainEngine(engine: string, path: string, env: NodeJS.ProcessEnv = process.env): Problem[] {
  const isOpen = /^tcp:\/\/(?!(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?\/?$)/.test(engine);
  const hasTls = (env.DOCKER_TLS_VERIFY ?? "") !== "" && (env.DOCKER_CERT_PATH ?? "") !== "";
  if (!isOpen || hasTls) return [];
  return [
    {
      path,
      problem: "is a Docker engine over plain TCP, which anybody on the way can take over",
      got: engine,
      allowed: "TLS, SSH, or an engine of this machine",
      fix: "export DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH=<folder with ca.pem, cert.pem and key.pem>; or declare the machine with kind: ssh",
    },
  ];
}

/** @param facts lines of the script */
export function judge(facts: string, { path, prepares }: HostNeeds, now = Date.now()): Problem[] {
  const fact = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(facts)?.[1]?.trim() ?? "";
  const problems: Problem[] = [];
  const report = (problem: string, got: string, allowed: string, fix: string) => {
    problems.push({ path, problem, got, allowed, fix });
  };
  if (prepares && !/\b(debian|ubuntu)\b/.test(fact("family"))) {
    report(
      "is no system that Slipway prepares",
      fact("os"),
      "Debian, Ubuntu or a relative",
      "prepare it by hand and leave out admin",
    );
  }
  if (!["x86_64", "aarch64"].includes(fact("machine"))) {
    report("has a processor without images", fact("machine"), "x86_64 or aarch64", "use another server");
  }
  const free = Number(fact("freeMegabytes"));
  if (!(free >= neededMegabytes)) {
    report(
      "has no room for a release",
      `${String(free)} MB free where Docker keeps its data`,
      `at least ${String(neededMegabytes)} MB`,
      "docker image prune --all on the host, or give it a larger disk",
    );
  }
  if (!/^\d+\.\d+/.test(fact("engine")) && !prepares) {
    report(
      "has no Docker engine that its user may use",
      fact("engine") || "no answer",
      "a running engine",
      `install Docker and add the user to the group docker, or let Slipway do it: pulumi config set --path ${path}.admin <user with sudo>`,
    );
  }
  const offSeconds = Math.abs(Number(fact("clockSeconds")) - now / 1000);
  if (!(offSeconds <= clockToleranceSeconds)) {
    report(
      "has a clock that is wrong",
      `${String(Math.round(offSeconds))} s off`,
      `at most ${String(clockToleranceSeconds)} s`,
      "timedatectl set-ntp true on the host",
    );
  }
  return problems;
}
