import { expect, test } from "vitest";
import { deploymentInputs, deploymentOf, limitMinutes, roundedUp } from "../../../../lib/aws/ecs/deployment.ts";

const times = { previewSeconds: 0, pauseSeconds: 60, watchSeconds: 300 };
const inputsOf = (steps: number[], more = {}) => {
  const deployment = deploymentOf({ ...times, steps, ...more });
  return deployment && deploymentInputs(deployment);
};

test.each([
  [[100], { strategy: "BLUE_GREEN" }],
  [[10, 100], { strategy: "CANARY", canaryConfiguration: { canaryPercent: 10, canaryBakeTimeInMinutes: "1" } }],
  [[50, 100], { strategy: "CANARY", canaryConfiguration: { canaryPercent: 50, canaryBakeTimeInMinutes: "1" } }],
  [[25, 50, 75, 100], { strategy: "LINEAR", linearConfiguration: { stepPercent: 25, stepBakeTimeInMinutes: "1" } }],
  [[30, 60, 90, 100], { strategy: "LINEAR", linearConfiguration: { stepPercent: 30, stepBakeTimeInMinutes: "1" } }],
])("steps %j are a pattern of ECS", (steps, expected) => {
  expect(inputsOf(steps)).toEqual({ bakeTimeInMinutes: "5", ...expected });
});

test.each([[[10, 50, 100]], [[20, 30, 100]], [[10, 20, 30, 100]], [Array.from({ length: 50 }, (_, i) => 2 * (i + 1))]])(
  "steps %j are none",
  (steps) => {
    expect(inputsOf(steps)).toBeUndefined();
  },
);

test("times become minutes, never shorter, and that is said", () => {
  expect(inputsOf([10, 100], { pauseSeconds: 61, watchSeconds: 1 })).toMatchObject({
    bakeTimeInMinutes: "1",
    canaryConfiguration: { canaryBakeTimeInMinutes: "2" },
  });
  expect(roundedUp({ ...times, steps: [10, 100], pauseSeconds: 61, watchSeconds: 1 })).toEqual([
    "slipway:profile.pauseSeconds: 61 s become 2 min, as ECS counts in minutes",
    "slipway:profile.watchSeconds: 1 s become 1 min, as ECS counts in minutes",
  ]);
  // A pause that nobody makes is none to be told of.
  expect(roundedUp({ ...times, steps: [100], pauseSeconds: 61 })).toEqual([]);
});

test("the limit is longer than steps, bake, gate and drain together", () => {
  const linear = deploymentOf({ ...times, steps: [25, 50, 75, 100], pauseSeconds: 3_600, watchSeconds: 86_400 });
  if (linear === undefined) throw new Error("no pattern");
  const around = limitMinutes(linear, { gateSeconds: 60, drainSeconds: 300 }) - (4 * 60 + 1_440 + 1 + 5);
  expect(around).toBeGreaterThanOrEqual(20);
});
