import { AwsApi } from "../emulators/aws/api.ts";
import { behaviour } from "../emulators/aws/ecs.ts";
import { standInForAws } from "./aws-plugin.ts";
import { ecsSection } from "./ecs-settings.ts";
import { OpenRegistry } from "./open-registry.ts";
import { PulumiStack, type PulumiStackArgs } from "./pulumi-stack.ts";

/**
 * A service on ECS before its first update: a registry with its image, and what stands in for AWS.
 *
 * @param name of the stack
 * @param changes of its configuration
 */
export async function shopOnEcs(name: string, changes: object, { env = {} }: Pick<PulumiStackArgs, "env"> = {}) {
  const registry = new OpenRegistry();
  const config = {
    service: "shop",
    target: "ecs",
    ecs: ecsSection,
    version: "1.0.0",
    image: { name: `${await registry.start()}/shop` },
    url: "https://shop.example.com",
    profile: { kind: "linear", pauseSeconds: 60, watchSeconds: 300 },
    container: { secretVariables: ["API_TOKEN"] },
    replicas: 2,
    ...changes,
  };
  const stack = new PulumiStack(name, { config, env });
  const world = standInForAws(stack);
  const api = new AwsApi(world);
  Object.assign(stack.env, await api.start());
  await stack.init();
  await stack.setSecret("secrets.api-token", "s3cret-of-shop");
  return {
    ...{ stack, world, api },
    /** What happens to versions from here on. */
    turn: (bad: Record<string, string>) =>
      world.put(behaviour, { type: behaviour, id: behaviour, inputs: { bad }, told: {} }),
    stop: () => {
      stack.remove();
      api.stop();
      registry.stop();
    },
  };
}
