import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { repositoryOf } from "../../lib/aws/ecs/task-definition.ts";
import type { RegistryLogin } from "../../lib/images/registry-client.ts";
import type { AwsProvider } from "./resource.ts";

const token = z.object({ userName: z.string(), password: z.string() });

/**
 * The login to a repository of ECR, for twelve hours, by the one to AWS; the plugin itself asks for it.
 *
 * @returns undefined of any other registry
 */
export async function ecrLogin(image: string, provider: AwsProvider): Promise<RegistryLogin | undefined> {
  const found = repositoryOf(image);
  if (found === undefined) return undefined;
  const asked = { registryId: found.account, region: found.region };
  const tok = "aws:ecr/getAuthorizationToken:getAuthorizationToken";
  const { userName, password } = token.parse(await pulumi.runtime.invoke(tok, asked, { provider }));
  return { server: found.server, username: userName, password };
}
