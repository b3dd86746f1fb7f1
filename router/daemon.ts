import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { chmod, mkdir, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { openChronicle, type Chronicle } from "./telling/chronicle.ts";
import { loadConfig } from "./controller-config.ts";
import { Controller } from "./controller.ts";
import { InvalidInput } from "./field.ts";
import { lockFolder } from "./folder-lock.ts";
import { Refusal } from "./ledger.ts";
import { startMetrics } from "./metrics/start-metrics.ts";
import type { Paths } from "./paths.ts";
import { isProxyProblem } from "./runtime-api.ts";
import { Switchboard } from "./switchboard.ts";
import type { Status } from "./telling/report.ts";
import { parseRunReports } from "./telling/role-runs.ts";
import {
  parseAllowed,
  parseClosing,
  parseHand,
  parseLock,
  parseHoldRequest,
  parseNote,
  parseOutcome,
  parsePromotion,
  parseProxyWish,
  parseRefusal,
  parseReplica,
  parseRest,
  parseUndone,
  parseWayTo,
  parseWish,
} from "./wire.ts";

const reconcileEveryMs = 500;
/** Far more than any request needs. */
const maxBodyBytes = 64 * 1024;

/**
 * Runs the rollout controller until it is told to stop: carries on what the journal says is running, keeps the proxy as the journal
 * wants it, and answers the command line on a socket.
 */
export async function runDaemon(paths: Paths): Promise<never> {
  // As PID 1 there is no default action. Stopping at once is safe: the journal is whole at every instant.
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const config = await loadConfig(paths.config);
  await mkdir(paths.state, { recursive: true });
  // Nobody but the controller has to read what was rejected, by whom, and why.
  await chmod(paths.state, 0o700);
  await lockFolder(paths.state, () => {
    say(`${paths.state}: its lock is gone, starting again`);
    process.exit(1);
  });
  const board = await Switchboard.open(config, paths, say);
  const opened = await openChronicle(
    {
      config,
      notices: config.notices,
      stateFolder: paths.state,
      secretsFolder: paths.secrets,
      proxyState: () => board.proxy.state(),
      log: say,
    },
    board.ledger,
  );
  const chronicle = opened.keeper;
  board.onChange = (ledger) => {
    chronicle.saw(ledger);
  };
  const controller = new Controller(config, board, say, chronicle);
  // Weights first: a rollout goes on from where the journal has it.
  await board.reconcile().catch(() => undefined);
  controller.carryOn();
  await listen(controller, opened, paths.socket);
  if (config.metrics) void startMetrics(config.metrics, paths, { config, controller, board, chronicle: opened }, say);
  say(`controller of ${config.service}: ready`);

  let wasAway = false;
  for (;;) {
    try {
      await controller.tend();
      if (wasAway) say("proxy: answers");
      wasAway = false;
    } catch (error) {
      if (!isProxyProblem(error)) say(`can't reconcile, trying again: ${String(error)}`);
      else if (!wasAway) say(`${error.message}; waiting for it`);
      wasAway = true;
    }
    await sleep(reconcileEveryMs);
  }
}

async function listen(controller: Controller, chronicle: Chronicle, socketPath: string): Promise<void> {
  const server = createServer((request, response) => {
    answer(controller, chronicle, request, response).catch((error: unknown) => {
      fail(response, error);
    });
  });
  // Left behind by a killed daemon; the lock says that none is alive.
  await rm(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });
  await chmod(socketPath, 0o660);
}

async function answer(
  controller: Controller,
  { keeper: chronicle, backups, runs, testNotices }: Chronicle,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const route = `${request.method ?? ""} ${request.url ?? ""}`;
  switch (route) {
    case "GET /ledger":
      json(response, await controller.told());
      break;
    case "GET /outdated":
      json(response, await controller.awaited());
      break;
    case "GET /answer":
      json(response, await controller.finalAnswer());
      break;
    case "GET /status":
      json(response, { ...(await controller.status()), runs: runs.known } satisfies Status);
      break;
    case "GET /ping":
      json(response, await controller.ping());
      break;
    case "GET /left-behind":
      json(response, await chronicle.leftBehind());
      break;
    case "POST /note": {
      const { rollout, data } = parseNote(await bodyOf(request));
      chronicle.note(rollout, data);
      json(response, {});
      break;
    }
    case "POST /test-notices":
      json(response, await testNotices(parseHand(await bodyOf(request))));
      break;
    case "POST /hold":
      await hold(controller, await bodyOf(request), response);
      break;
    case "POST /guard":
      await stream(response, controller.guard(parseWish(await bodyOf(request))));
      break;
    case "POST /promote":
      await stream(response, controller.promote(parsePromotion(await bodyOf(request))));
      break;
    case "POST /refuse": {
      const body = await bodyOf(request);
      await stream(response, controller.promote(parsePromotion(body), parseRefusal(body)));
      break;
    }
    case "POST /guard-proxy":
      json(response, controller.guardProxy(parseProxyWish(await bodyOf(request))));
      break;
    case "POST /switch-proxy":
      await stream(response, controller.switchProxy(parseProxyWish(await bodyOf(request))));
      break;
    case "POST /pause":
      json(response, await controller.control("pause", parseHand(await bodyOf(request))));
      break;
    case "POST /resume":
      json(response, await controller.control("resume", parseHand(await bodyOf(request))));
      break;
    case "POST /promote-now":
      json(response, await controller.control("promote-now", parseHand(await bodyOf(request))));
      break;
    case "POST /watch":
      await stream(response, controller.watch());
      break;
    case "POST /abort":
      await stream(response, controller.abort(parseHand(await bodyOf(request))));
      break;
    case "POST /rollback": {
      const body = await bodyOf(request);
      await stream(response, controller.rollback(parseHand(body), parseWayTo(body)));
      break;
    }
    case "POST /undo":
      await stream(response, controller.undo(parseUndone(await bodyOf(request))));
      break;
    case "POST /allow": {
      const body = await bodyOf(request);
      json(response, await controller.orders.allow(parseAllowed(body), parseHand(body)));
      break;
    }
    case "POST /rest": {
      const body = await bodyOf(request);
      await stream(response, controller.rest(parseReplica(body), parseRest(body), parseHand(body)));
      break;
    }
    case "POST /back":
      await stream(response, controller.back(parseReplica(await bodyOf(request))));
      break;
    case "POST /restart-role":
      await controller.restartRole(parseHand(await bodyOf(request)));
      json(response, {});
      break;
    case "POST /ran":
      chronicle.handled("ran", parseHand(await bodyOf(request)));
      json(response, {});
      break;
    case "POST /lock":
      json(response, await controller.orders.lock(parseLock(await bodyOf(request))));
      break;
    case "POST /unlock":
      json(response, await controller.orders.unlock(parseHand(await bodyOf(request))));
      break;
    case "POST /close": {
      const body = await bodyOf(request);
      json(response, await controller.orders.close(parseClosing(body), parseHand(body)));
      break;
    }
    case "POST /open":
      json(response, await controller.orders.open(parseHand(await bodyOf(request))));
      break;
    case "POST /backed-up":
      chronicle.handled("backup", parseHand(await bodyOf(request)));
      json(response, {});
      break;
    case "POST /saved":
      await backups.tell(parseOutcome(await bodyOf(request)));
      json(response, {});
      break;
    case "POST /roles-ran":
      await runs.tell(parseRunReports(await bodyOf(request)));
      json(response, {});
      break;
    case "POST /restored":
      chronicle.handled("restore", parseHand(await bodyOf(request)));
      json(response, {});
      break;
    default:
      throw new InvalidInput(
        `controller: got ${route}; allowed what slipway-router asks. Fix: use the slipway-router of this image`,
      );
  }
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader("content-type", "application/json").end(`${JSON.stringify(value)}\n`);
}

/** What a plan is made from, and the host as long as the connection stands. */
async function hold(controller: Controller, body: string, response: ServerResponse): Promise<void> {
  const giveBack = controller.hold(parseHoldRequest(body).by);
  response.once("close", giveBack);
  if (response.destroyed) giveBack();
  response.setHeader("content-type", "application/x-ndjson").write(`${JSON.stringify(await controller.told())}\n`);
}

/** One JSON object a line; the last one has `end`. A client that goes away changes nothing. */
async function stream(response: ServerResponse, messages: AsyncIterable<unknown>): Promise<void> {
  for await (const message of messages) {
    if (response.destroyed) return;
    if (!response.headersSent) response.setHeader("content-type", "application/x-ndjson");
    response.write(`${JSON.stringify(message)}\n`);
  }
  response.end();
}

function fail(response: ServerResponse, error: unknown): void {
  const isRefused = error instanceof Refusal || error instanceof InvalidInput || isProxyProblem(error);
  if (!isRefused) process.stdout.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  if (!response.headersSent) response.statusCode = isRefused ? 409 : 500;
  response.end(`${JSON.stringify({ error: error instanceof Error ? error.message : String(error) })}\n`);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request.setEncoding("utf8")) {
    text += String(part);
    if (text.length > maxBodyBytes)
      throw new InvalidInput(`stdin: got more than ${maxBodyBytes} bytes. Fix: send one JSON object`);
  }
  return text;
}
