// Real git over HTTP: git's own upload-pack and receive-pack, with the repository's rules asked before a reference moves.
import { randomUUID } from "node:crypto";
import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import type { Actor } from "./accounts.ts";
import { atLeast, roleOf } from "./accounts.ts";
import { gitEnvironment } from "./git.ts";
import { afterPush } from "./pushes.ts";
import type { Repository } from "./repository.ts";
import type { RefChange, Violation } from "./rules.ts";
import { pushViolations } from "./rules.ts";
import { fullName } from "./repository.ts";
import type { World } from "./world.ts";

const services = new Set(["git-upload-pack", "git-receive-pack"]);
const hook = "/git-hook/";

interface Push {
  repository: Repository;
  actor: Actor | undefined;
}

export class GitHttp {
  private readonly world: World;
  /** Pushes under way, by the secret in their hook's address. */
  private readonly pushes = new Map<string, Push>();

  constructor(world: World) {
    this.world = world;
  }

  serves(path: string): boolean {
    return path.startsWith(hook) || /^\/[^/]+\/[^/]+\.git\//.test(path);
  }

  /** The status sent; undefined for the hook's own question. */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    query: URLSearchParams,
    actor: Actor | undefined,
  ): Promise<number | undefined> {
    if (path.startsWith(hook)) {
      await this.judge(request, response, path.slice(hook.length));
      return undefined;
    }
    const [, owner = "", name = "", action = ""] = /^\/([^/]+)\/([^/]+)\.git\/(.+)$/.exec(path) ?? [];
    const service = action === "info/refs" ? (query.get("service") ?? "") : action;
    const refuse = (status: number, text: string): number => {
      response.writeHead(status, { ...(status === 401 && { "WWW-Authenticate": 'Basic realm="GitHub"' }) });
      response.end(`${text}\n`);
      return status;
    };
    if (!services.has(service)) return refuse(403, "Please upgrade your git client.");
    const repository = this.world.repository(owner, name);
    const writes = service === "git-receive-pack";
    if (repository === undefined || !atLeast(roleOf(actor, repository), "read") || (writes && actor === undefined)) {
      return actor === undefined ? refuse(401, "Repository not found.") : refuse(404, "Repository not found.");
    }
    if (writes && !atLeast(roleOf(actor, repository), "write")) {
      return refuse(403, `Permission to ${fullName(repository)} denied.`);
    }
    if (writes && repository.archived) return refuse(403, "This repository was archived so it is read-only.");
    const advertises = action === "info/refs";
    response.writeHead(200, {
      "Content-Type": `application/x-${service}-${advertises ? "advertisement" : "result"}`,
      "Cache-Control": "no-cache",
    });
    if (advertises) response.write(`${packetLine(`# service=${service}\n`)}0000`);
    await this.run(service.slice("git-".length), advertises, { repository, actor }, request, response);
    return 200;
  }

  private async run(
    command: string,
    advertises: boolean,
    push: Push,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { directory } = push.repository.git;
    const secret = randomUUID();
    this.pushes.set(secret, push);
    try {
      const hooks = await installHook(directory);
      const args = [
        "-c",
        `core.hooksPath=${hooks}`,
        "-c",
        "receive.advertisePushOptions=false",
        command,
        "--stateless-rpc",
        ...(advertises ? ["--http-backend-info-refs"] : []),
        directory,
      ];
      const protocol = request.headers["git-protocol"];
      const child = spawn("git", args, {
        env: {
          ...gitEnvironment,
          GITHUB_HOOK: `${this.world.url}${hook}${secret}`,
          ...(typeof protocol === "string" && { GIT_PROTOCOL: protocol }),
        },
        stdio: ["pipe", "pipe", "ignore"],
      });
      child.stdin.on("error", () => undefined);
      (request.headers["content-encoding"] === "gzip" ? request.pipe(createGunzip()) : request).pipe(child.stdin);
      for await (const part of child.stdout) response.write(part);
    } finally {
      this.pushes.delete(secret);
      response.end();
    }
  }

  /** Answers the hook: nothing where the reference may move, or the words that git shows. */
  private async judge(request: IncomingMessage, response: ServerResponse, secret: string): Promise<void> {
    const push = this.pushes.get(secret);
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    if (push === undefined) {
      response.writeHead(404).end("no such push");
      return;
    }
    const change = JSON.parse(Buffer.concat(parts).toString()) as RefChange;
    const refusal = await refusalOf(this.world, push, change);
    if (refusal === "") afterPush(push.repository, push.actor, change);
    response.end(refusal);
  }
}

async function refusalOf(world: World, { repository, actor }: Push, change: RefChange): Promise<string> {
  if (!/^refs\/(heads|tags)\//.test(change.ref)) return "error: deny updating a hidden ref\n";
  if (change.ref === `refs/heads/${repository.defaultBranch}` && /^0+$/.test(change.to)) {
    return `error: refusing to delete the current branch: ${change.ref}\n`;
  }
  const violations = await pushViolations(repository, actor, change);
  if (violations.length === 0) return "";
  const said = (source: Violation["source"]): string[] => [
    ...new Set(violations.filter((violation) => violation.source === source).map(({ message }) => message)),
  ];
  const classic = said("protection");
  const ruled = said("ruleset");
  return [
    ...(classic.length > 0
      ? [
          `error: GH006: Protected branch update failed for ${change.ref}.`,
          ...classic.map((message) => `error: ${message}`),
        ]
      : []),
    ...(ruled.length > 0
      ? [
          `error: GH013: Repository rule violations found for ${change.ref}.`,
          `Review all repository rules at ${world.url}/${fullName(repository)}/rules?ref=${encodeURIComponent(change.ref)}`,
          "",
          ...ruled.flatMap((message) => [`- ${message}`, ""]),
        ]
      : []),
    "",
  ].join("\n");
}

async function installHook(directory: string): Promise<string> {
  const hooks = join(directory, "slipway-hooks");
  await mkdir(hooks, { recursive: true });
  await writeFile(
    join(hooks, "update"),
    `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, "hook.mjs")}' "$@"\n`,
    { mode: 0o755 },
  );
  return hooks;
}

function packetLine(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, "0") + text;
}
