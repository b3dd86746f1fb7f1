import { askHost } from "../../lib/hosts/ask-host.ts";
import { engineProblem } from "../../lib/hosts/engine-problem.ts";
import { surveyHost } from "../../lib/hosts/host-survey.ts";
import { cantBeReached } from "../../lib/hosts/unreachable.ts";
import type { Problem } from "../../lib/problem.ts";
import type { CheckedHost } from "../host.ts";
import { broken, findingOf, proven, type Finding, type Item } from "../model.ts";

/** Each host is reached with its pinned key, by the user who deploys, and has a Docker engine that this user may use. */
export const sshAccess = (hosts: readonly CheckedHost[], makeUp: string): Item => ({
  name: "ssh-access",
  setting: "slipway:host",
  probes: hosts.map((host) => ({ name: host.connection.name, look: () => lookAt(host, makeUp) })),
});

async function lookAt({ connection, path }: CheckedHost, makeUp: string): Promise<Finding[]> {
  const engine = await engineProblem(connection, path);
  if (engine !== undefined) return [findingOf(engine)];
  const { problems, isBare } = await surveyHost(connection, path);
  if (problems.length > 0)
    return problems.map((problem) => findingOf(problem, isAway(problem) ? "could-not-look" : "broken"));
  if (isBare) return [broken(`${connection.name} does not know its deploy user yet`, `${makeUp}, which prepares it`)];
  const { code, stderr } = await askHost(connection, { text: "docker info > /dev/null", timeoutSeconds: 20 });
  if (code !== 0)
    return [
      broken(
        `Docker does not answer at ${connection.name}: ${stderr.split("\n").at(-1) ?? ""}`,
        `${makeUp}, or start Docker there`,
      ),
    ];
  const how =
    connection.kind === "local"
      ? "an engine of this machine, so nothing is reached by SSH"
      : "reached with the pinned key";
  return [proven(`${connection.name}: ${how}; its Docker answers`)];
}

/** Nobody can tell from here whether the server or the way to it is at fault. */
const isAway = ({ problem }: Problem) => problem === cantBeReached;
