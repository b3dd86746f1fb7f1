import { expect, test } from "vitest";
import { goneBack } from "../../../../lib/aws/ecs/running.ts";

const arn = (revision: number) =>
  `arn:aws:ecs:eu-central-1:123456789012:task-definition/shop-production:${String(revision)}`;

test("what was wanted and runs is well", () => {
  expect(goneBack(arn(4), { taskDefinition: arn(4), runningCount: 1, events: [] })).toBeUndefined();
});

test("what ECS took back is told with what it said last", () => {
  const events = ["newest", "older", "oldest", "before all"].map((message) => ({ message }));
  expect(goneBack(arn(4), { taskDefinition: arn(3), runningCount: 2, events })).toBe(
    "ECS went back: it runs shop-production:3, not shop-production:4. It said last: newest | older | oldest" +
      ". Fix: release another version, or pulumi up --refresh to try this one again",
  );
});

test("a first release that never started is not well, though ECS has nothing to go back to", () => {
  expect(goneBack(arn(1), { taskDefinition: arn(1), runningCount: 0, events: [] })).toMatch(
    /^ECS runs no task of shop-production:1\. Fix/,
  );
});
