import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { ecrLogin } from "../../../components/aws/ecr-login.ts";
import { AwsProvider } from "../../../components/aws/resource.ts";
import { record } from "../../support/recorder.ts";

test("an image of ECR is looked up by the login to AWS, and no other registry is shown it", async () => {
  const token = { userName: "AWS", password: "for-twelve-hours" };
  const { stop } = await record({ answers: { "aws:ecr/getAuthorizationToken:getAuthorizationToken": token } });
  const provider = new AwsProvider("aws", { region: "eu-central-1" }, {});
  expect(await ecrLogin("123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/shop", provider)).toEqual({
    server: "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    username: "AWS",
    password: "for-twelve-hours",
  });
  for (const other of ["public.ecr.aws/acme/shop", "evil.example/123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop"])
    expect(await ecrLogin(other, provider)).toBeUndefined();
  await pulumi.runtime.disconnect();
  stop();
});
