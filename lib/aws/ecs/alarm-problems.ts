import type { Problem } from "../../problem.ts";

/** What was found of a service's alarms before a release. */
export interface AlarmsBefore {
  readonly region: string;
  /** Names of those that are on, or why nobody knows. */
  readonly found: readonly string[] | { readonly problem: string };
}

/**
 * ECS does not watch an alarm that is on as a deployment begins, so nothing would take a bad release back. Pure.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
 */
export function alarmProblems({ region, found }: AlarmsBefore): Problem[] {
  const path = "slipway:verdict";
  if ("problem" in found) {
    return [
      {
        path,
        problem: "nobody knows whether an alarm of it is on already, and ECS watches none that is",
        got: found.problem,
        allowed: "an answer of CloudWatch",
        fix: "let who deploys ask cloudwatch:DescribeAlarms, and look that the login to AWS still holds",
      },
    ];
  }
  if (found.length === 0) return [];
  return [
    {
      path,
      problem: "an alarm of it is on already, and ECS watches none that is: nothing would take a bad release back",
      got: found.join(", "),
      allowed: "none that is on",
      fix: `mend what it tells of, or go back to a version that was live; aws cloudwatch describe-alarms --region ${region} --alarm-names ${found.join(" ")}`,
    },
  ];
}
