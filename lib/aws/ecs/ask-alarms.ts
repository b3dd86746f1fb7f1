/** Longest that one question to AWS may take, in ms. */
const limitMs = 10_000;

/**
 * Those of a service's alarms that are on. Logs in as the vendor's plugin does.
 *
 * The plugin has no question for it. The client is loaded only here, so that a stack without AWS does not pay for it.
 *
 * @throws Error with AWS's own words where it does not answer
 */
export async function alarmsOn(region: string, names: readonly string[]): Promise<readonly string[]> {
  const { CloudWatchClient, DescribeAlarmsCommand } = await import("@aws-sdk/client-cloudwatch");
  const client = new CloudWatchClient({
    region,
    requestHandler: { requestTimeout: limitMs, connectionTimeout: limitMs },
  });
  try {
    const asked = new DescribeAlarmsCommand({ AlarmNames: [...names], StateValue: "ALARM" });
    const { MetricAlarms = [] } = await client.send(asked);
    return MetricAlarms.flatMap(({ AlarmName }) => AlarmName ?? []);
  } finally {
    client.destroy();
  }
}
