import { setTimeout as pause } from "node:timers/promises";
import type { Ledger } from "../../router/ledger.ts";
import { ClosedLoop, type Failure } from "../support/load/closed-loop.ts";
import { replay } from "../router/support/replay.ts";
import { Choices, moments, type Action, type Moment } from "./choices.ts";
import { Random } from "./random.ts";
import { agree, agreeWithinMs, problemsAtRest } from "./rest.ts";
import type { Plan, Result, Round, Shot } from "./result.ts";
import { Stage, steps, until } from "./stage.ts";
import { kill, type Kill, type Target } from "./targets.ts";
import { traceProblems } from "./trace.ts";
import { excuseOf, type Outage } from "./excuse.ts";

const backWithinMs = 60_000;
/** Pause of each of the load's workers between two requests: the kills are what is to be seen, in ms. */
const thinkMs = 40;
/** Longest rollout of this stack, and longest update, in ms. */
const rolloutMs = 90_000;
const updateMs = 240_000;

/** Brings up a stack, kills, checks, and takes it down again. The same seed makes the same choices. */
export async function campaign(plan: Plan): Promise<Result> {
  plan.say("starting a machine, and stack faults on it …");
  const stage = await Stage.open(plan.liveRestore);
  const run = new Campaign(plan, stage);
  try {
    await stage.setUp("1.0.0");
    return await run.all();
  } finally {
    await stage.tearDown();
  }
}

class Campaign {
  readonly #plan: Plan;
  readonly #stage: Stage;
  readonly #random: Random;
  readonly #choices: Choices;
  readonly #outages: Outage[] = [];
  readonly #problems: string[] = [];

  constructor(plan: Plan, stage: Stage) {
    this.#plan = plan;
    this.#stage = stage;
    this.#random = new Random(plan.seed);
    this.#choices = new Choices(this.#random, plan.targets);
  }

  async all(): Promise<Result> {
    const { url } = this.#stage;
    const traffic = new ClosedLoop({ url, postUrl: `${url}/api/v1/echo`, workers: 4, pauseMs: thinkMs });
    const rounds: Round[] = [];
    const killed = () => rounds.reduce((sum, { shots }) => sum + shots.length, 0);
    try {
      while (killed() < this.#plan.kills) {
        const before = killed();
        const round = await this.#round(this.#plan.kills - before);
        rounds.push(round);
        const shots = round.shots.map(
          ({ target, what, action, moment, backMs, agreedMs }) =>
            `${target} (${what}) in ${action}/${moment}: ${backMs === null ? "" : `back ${Math.round(backMs)} ms, `}agreed +${Math.round(agreedMs)} ms`,
        );
        const ended = round.code === null ? "" : `; up exit ${round.code}${round.repeated ? ", the next one 0" : ""}`;
        if (shots.length > 0) this.#plan.say(`${killed()}/${this.#plan.kills} ${shots.join("; ")}${ended}`);
        if (this.#problems.length > 0) break;
      }
      if (this.#problems.length === 0) await this.#unchanged();
    } catch (error) {
      this.#problems.push(String(error));
    } finally {
      await traffic.stop();
    }
    const ledgers = this.#stage.trace.filter((entry) => "ledger" in entry).length;
    const replayed = { ledgers, readings: this.#stage.trace.length - ledgers };
    return {
      rounds,
      problems: this.#problems,
      replayed,
      requests: traffic.requests,
      ...this.#sorted(traffic.failures),
    };
  }

  /** One update, or a moment of rest, with one kill or two. */
  async #round(left: number): Promise<Round> {
    const before = await this.#stage.journal();
    const target = this.#choices.nextTarget();
    const action = this.#choices.action(target);
    const version = this.#choices.wanted(action, before);
    const shots: Shot[] = [];
    if (action === "idle") {
      await pause(this.#random.below(500));
      const shot = await this.#shoot(target, action, "ended", null);
      this.#problems.push(...(await problemsAtRest(this.#stage, version)));
      return { shots: shot ? [shot] : [], code: null, repeated: false, mended: [] };
    }
    await this.#stage.want(version);
    const update = this.#stage.startUp();
    const plans = this.#choices.shotsOf(action, target).slice(0, left);
    for (const { target, moment, delayMs } of plans) {
      await this.#await(moment, before, update.isOver);
      await pause(delayMs);
      if (update.isOver() && (target === "pulumi" || target === "connection")) break;
      const shot = await this.#shoot(target, action, moment, update.isOver() ? null : update.group);
      if (shot) shots.push(shot);
      if (target === "pulumi") break;
    }
    const exit = await Promise.race([update.code, pause(updateMs, null, { ref: false })]);
    if (exit === null) {
      this.#problems.push(`the update to ${version} did not end within ${updateMs / 1000} s`);
      if (update.group !== null) process.kill(-update.group, "SIGKILL");
    }
    const mended = await this.#settle(version, exit ?? -1, before);
    this.#problems.push(...(await problemsAtRest(this.#stage, version)));
    return { shots, code: exit, ...mended };
  }

  /** Waits for the rollout's own end, compares the exit code with the ledger, and repeats the update if it failed. */
  async #settle(version: string, code: number, before: Ledger): Promise<Pick<Round, "mended" | "repeated">> {
    const isLive = ({ live, slots, running }: Ledger) =>
      running === null && live !== null && slots[live].release?.version === version;
    if (code === 0) {
      const now = await this.#stage.journal();
      if (!isLive(now) || (now.rollout > before.rollout && now.last?.result !== "promoted")) {
        this.#problems.push(`up exited 0, but the ledger says ${JSON.stringify(now.last)}, live ${String(now.live)}`);
      }
      return { repeated: false, mended: [] };
    }
    // The controller needs nobody to finish; half of the repeats join it instead.
    if (this.#random.next() < 0.5) {
      await until("the rollout's end", async () => (await this.#stage.journal()).running === null, rolloutMs);
    }
    const mended = await this.#stage.heal();
    const again = await this.#stage.up();
    if (again.code !== 0) this.#problems.push(`the next up to ${version} exited ${again.code}:\n${again.output}`);
    return { repeated: true, mended };
  }

  async #shoot(target: Target, action: Action, moment: Moment, update: number | null): Promise<Shot | null> {
    const shot = await this.#killSoon(target, update);
    if (!shot) return null;
    const outage: Outage = { target, at: shot.at, struck: shot.struck, wasAlone: shot.wasAlone, back: Infinity };
    this.#outages.push(outage);
    try {
      if (shot.isBack) await until(`${shot.what} to be back`, shot.isBack, backWithinMs);
      outage.back = Date.now();
      const backMs = shot.isBack ? outage.back - shot.at : null;
      const agreedMs = await until("the journal and the proxy to agree", () => agree(this.#stage), agreeWithinMs);
      return { target, what: shot.what, action, moment, backMs, agreedMs };
    } catch (error) {
      this.#problems.push(`after the kill of ${shot.what} in ${action}/${moment}: ${String(error)}`);
      return { target, what: shot.what, action, moment, backMs: null, agreedMs: NaN };
    }
  }

  /** The connection is there only at times. */
  async #killSoon(target: Target, update: number | null): Promise<Kill | null> {
    const deadline = performance.now() + (target === "connection" ? 15_000 : 2_000);
    for (;;) {
      const shot = await kill(target, this.#stage, this.#random, update);
      if (shot || performance.now() > deadline) return shot;
      await pause(20);
    }
  }

  async #await(moment: Moment, before: Ledger, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      // The controller may be writing it, or the volume may be going.
      const now = await this.#stage.journal().catch(() => null);
      if (now && moments[moment].isThere(now, before)) return;
      await pause(25);
    }
  }

  /** Nothing that was done is left over: the engine sees no difference, and neither records nor journal tell an impossible story. */
  async #unchanged(): Promise<void> {
    this.#problems.push(...traceProblems(await this.#stage.records()));
    const { trace } = this.#stage;
    const [first] = trace;
    if (first && "ledger" in first) this.#problems.push(...replay(trace, { from: first.ledger, gaps: 3, steps }));
    const { code, output } = await this.#stage.up("--expect-no-changes");
    if (code !== 0) this.#problems.push(`the last up was to change nothing, got exit ${code}:\n${output}`);
  }

  #sorted(failures: readonly Failure[]): Pick<Result, "excused" | "unexcused"> {
    const excused: Record<string, number> = {};
    const unexcused: string[] = [];
    for (const failure of failures) {
      const excuse = excuseOf(failure, this.#outages, this.#plan.liveRestore);
      if (excuse !== null) excused[excuse] = (excused[excuse] ?? 0) + 1;
      else {
        const near = this.#outages.filter(({ at }) => at <= failure.ended).at(-1);
        const after = near ? `, ${failure.ended - near.at} ms after the kill of ${near.target}` : "";
        unexcused.push(`${failure.method} ${failure.problem} after ${failure.ended - failure.begun} ms${after}`);
      }
    }
    return { excused, unexcused };
  }
}
