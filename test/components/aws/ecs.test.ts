import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Balancer } from "../../../components/aws/balancer.ts";
import { EcsService } from "../../../components/aws/ecs-service.ts";
import { AwsProvider } from "../../../components/aws/resource.ts";
import { Task } from "../../../components/aws/task.ts";
import { alarmNames } from "../../../lib/aws/ecs/alarms.ts";
import { deploymentOf } from "../../../lib/aws/ecs/deployment.ts";
import { ecsNames } from "../../../lib/aws/ecs/names.ts";
import { containerSpec } from "../../../lib/releases/container.ts";
import { makeRelease } from "../../../lib/releases/release.ts";
import { rules } from "../../../policy/rules/index.ts";
import { extracted, misfits } from "../../emulators/aws/extracted.ts";
import { reportedOf } from "../../support/asked-policy.ts";
import { ecsSection, ecsSettingsOf } from "../../support/ecs-settings.ts";
import { record, withoutSecrets, type Recorded } from "../../support/recorder.ts";

const image = `123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop@sha256:${"0".repeat(64)}`;
const secrets = { "api-token": "s3cret-of-shop" };
const tags = { "slipway.service": "shop", "slipway.stack": "production" };

const seen = { taskDefinition: "task-arn", runningCount: 2, events: [] };

let resources: Recorded[];
let stop: () => void;
beforeAll(async () => {
  ({ resources, stop } = await record({ answers: { "aws:ecs/getService:getService": seen } }));
  const settings = ecsSettingsOf(
    {
      ecs: { ...ecsSection, scaling: { max: 6 } },
      env: { ZONE: "a", GREETING: "hello" },
      replicas: 2,
      profile: { kind: "linear", pauseSeconds: 60 },
      container: { secretVariables: ["API_TOKEN"] },
    },
    { secrets: ["api-token"] },
  );
  const deployment = deploymentOf(settings.profile);
  if (settings.ecs === undefined || deployment === undefined) throw new Error("nothing to make");
  const release = makeRelease({ version: "1.0.0", image, container: containerSpec(settings, secrets) });
  const provider = new AwsProvider("aws-ecs", settings.ecs, {});
  const common = { provider, tags, ecs: settings.ecs, names: ecsNames("shop", "production"), settings };
  const balancer = new Balancer("entrance", common);
  const task = new Task("task", { ...common, release, secrets });
  new EcsService("api", { ...common, deployment, balancer, task });
  await pulumi.runtime.disconnect();
});
afterAll(() => {
  stop();
});

const made = () => resources.filter(({ type }) => type.startsWith("aws:"));
const one = (name: string) => {
  const found = made().find((each) => each.name === name);
  if (found === undefined) throw new Error(`${name} is not made`);
  return found;
};

test("no weight of a rule is ever set back, nor a number of tasks that autoscaling chose", () => {
  const ignoring = made().filter(({ ignoreChanges }) => ignoreChanges.length > 0);
  expect(ignoring.map(({ name, ignoreChanges }) => [name, ignoreChanges])).toEqual([
    ["entrance-public-rule", ["actions"]],
    ["entrance-test-rule", ["actions"]],
    ["api", ["desiredCount"]],
  ]);
  for (const rule of ["public", "test"])
    expect(one(`entrance-${rule}-rule`).inputs.actions).toMatchObject([
      { type: "forward", forward: { targetGroups: [{ weight: 100 }, { weight: 0 }] } },
    ]);
});

test("the service has both groups, both rules, all alarms, and waits", () => {
  const { inputs, dependsOn } = one("api");
  expect(inputs).toMatchObject({
    name: "shop",
    desiredCount: 2,
    waitForSteadyState: true,
    deploymentConfiguration: {
      strategy: "LINEAR",
      bakeTimeInMinutes: "5",
      linearConfiguration: { stepPercent: 10, stepBakeTimeInMinutes: "1" },
    },
    networkConfiguration: { subnets: ecsSection.privateSubnets, assignPublicIp: false },
    alarms: { enable: true, rollback: true },
  });
  expect((inputs.alarms as { alarmNames: string[] }).alarmNames).toHaveLength(7);
  expect(inputs).not.toHaveProperty("deploymentCircuitBreaker");
  expect(dependsOn.join()).toContain("api-infrastructure-rights");
});

test("each alarm judges one group, or the load balancer's own answers, by the verdict", () => {
  const alarms = made().filter(({ type }) => type.endsWith(":MetricAlarm"));
  expect(alarms.map(({ inputs }) => inputs.name).sort()).toEqual(
    [
      ...["errors", "slow", "unhealthy"].flatMap((what) => ["blue", "green"].map((color) => `${what}-${color}`)),
      "errors-entrance",
    ]
      .map((name) => `shop-production-${name}`)
      .sort(),
  );
  expect(alarms.map(({ name }) => name).sort()).toEqual(alarmNames.map((name) => `api-${name}`).sort());
  expect(one("api-slow-green").inputs).toMatchObject({
    metricName: "TargetResponseTime",
    extendedStatistic: "p95",
    threshold: 5,
    treatMissingData: "notBreaching",
  });
  expect(one("api-unhealthy-blue").inputs).toMatchObject({ statistic: "Minimum", threshold: 0 });
  const queries = one("api-errors-blue").inputs.metricQueries as { id: string; expression?: string }[];
  expect(queries.find(({ id }) => id === "rate")?.expression).toBe(
    "IF(requests >= 20, 100 * (FILL(e0, 0)) / requests, 0)",
  );
  expect(one("api-errors-blue").inputs.threshold).toBe(10);
});

test("the task's text is the same for the same values, without a null and without a secret", () => {
  const { inputs } = one("task");
  expect(inputs).toMatchObject({ family: "shop-production", cpu: "256", memory: "2048", skipDestroy: true });
  const [container] = JSON.parse(inputs.containerDefinitions as string) as Record<string, unknown>[];
  expect(container).toMatchObject({
    image,
    essential: true,
    environment: [
      { name: "GREETING", value: "hello" },
      { name: "PORT", value: "8000" },
      { name: "SLIPWAY_VERSION", value: "1.0.0" },
      { name: "ZONE", value: "a" },
    ],
    secrets: [{ name: "API_TOKEN", valueFrom: "task-secret-api-token-arn:::task-secret-api-token-value-v" }],
    readonlyRootFilesystem: true,
    user: "10001",
  });
  expect(inputs.containerDefinitions).not.toContain("null");
  for (const each of resources) expect(withoutSecrets(each), each.name).not.toContain("s3cret-of-shop");
});

test("a task may start with what it needs, and the service itself may nothing", () => {
  const { Statement } = JSON.parse(one("task-execution-rights").inputs.policy as string) as {
    Statement: { Action: string[]; Resource: unknown }[];
  };
  expect(Statement.flatMap(({ Action }) => Action)).toEqual([
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "secretsmanager:GetSecretValue",
  ]);
  expect(Statement[2]?.Resource).toEqual(["arn:aws:ecr:eu-central-1:123456789012:repository/shop"]);
  const policies = made().filter(({ type }) => type.includes("iam/rolePolicy"));
  expect(policies.map(({ inputs }) => inputs.role)).not.toContain("task-role-id");
});

test("only the load balancer reaches a task, and only 443 and 80 are open to everybody", () => {
  const ways = made().filter(({ type }) => type.endsWith(":SecurityGroupIngressRule"));
  expect(ways.map(({ inputs }) => [inputs.fromPort, inputs.cidrIpv4 ?? inputs.referencedSecurityGroupId])).toEqual([
    [80, "0.0.0.0/0"],
    [443, "0.0.0.0/0"],
    [8000, "entrance-entrance-id"],
  ]);
});

test("all inputs are ones that the vendor's package declares, and the policy pack finds nothing", () => {
  for (const { type, name, inputs } of made()) {
    const shape = extracted.types[type];
    expect(shape && misfits(inputs, shape), name).toEqual([]);
  }
  expect(resources.flatMap((each) => rules.flatMap((rule) => reportedOf(rule, each)))).toEqual([]);
});
