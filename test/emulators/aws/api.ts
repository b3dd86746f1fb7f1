import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { awsTypes } from "../../../lib/aws/inputs.ts";
import type { World } from "./world.ts";

type Asked = Readonly<Record<string, unknown>>;

/**
 * Stands in for the questions that Slipway itself asks AWS, about the same world that the plugin's stand-in changes. Strict: an action, or a
 * part of one, that is not modelled is an error, as is a request that nobody has signed.
 */
export class AwsApi {
  /** Actions that were asked for. */
  readonly asked: string[] = [];
  /** What every question is answered with, such as an expired login. @default each is answered */
  refusal: { readonly type: string; readonly message: string } | undefined;
  readonly #world: World;
  readonly #server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => (body += part));
    request.on("end", () => {
      const { "x-amz-target": target, authorization = "" } = request.headers;
      const { status, answer } = this.#answer(String(target), authorization, body);
      response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(answer));
    });
  });

  constructor(world: World) {
    this.#world = world;
  }

  /** @returns variables by which the client finds it */
  async start(): Promise<Readonly<Record<string, string>>> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`,
      AWS_ACCESS_KEY_ID: "AKIA0123456789ABCDEF",
      AWS_SECRET_ACCESS_KEY: "only for this test",
      AWS_EC2_METADATA_DISABLED: "true",
    };
  }

  stop(): void {
    this.#server.close();
  }

  #answer(target: string, authorization: string, body: string): { readonly status: number; readonly answer: object } {
    const action = target.split(".").at(-1) ?? "";
    this.asked.push(action);
    const refused = (type: string, message: string) => ({ status: 400, answer: { __type: type, message } });
    if (!authorization.startsWith("AWS4-HMAC-SHA256 Credential=AKIA0123456789ABCDEF/"))
      return refused("MissingAuthenticationToken", "Request is missing Authentication Token");
    if (this.refusal) return refused(this.refusal.type, this.refusal.message);
    if (target !== "GraniteServiceVersion20100801.DescribeAlarms")
      return refused("UnknownOperation", `${target}: not modelled`);
    const asked = JSON.parse(body) as Asked;
    const unknown = Object.keys(asked).filter((key) => !["AlarmNames", "StateValue"].includes(key));
    if (unknown.length > 0 || !Array.isArray(asked.AlarmNames) || asked.AlarmNames.length > 100)
      return refused("ValidationError", `not modelled: ${unknown.join(", ")}`);
    const names: readonly unknown[] = asked.AlarmNames;
    const found = Object.values(this.#world.all()).filter(
      ({ type, id }) => type === awsTypes.alarm && names.includes(id),
    );
    const alarms = found.map(({ id, told }) => ({ AlarmName: id, StateValue: told.state ?? "OK" }));
    const wanted = alarms.filter((alarm) => asked.StateValue === undefined || alarm.StateValue === asked.StateValue);
    return { status: 200, answer: { MetricAlarms: wanted } };
  }
}
