// Makes settings of GitHub so: JSON on standard input, the token in GITHUB_TOKEN or an App's key in GITHUB_APP_KEY, one line on standard output.
import type { Octokit } from "@octokit/rest";
import type { Json } from "./compare.ts";
import { ensure, entryIn, graphqlPath, type ApiSetting, type Question, type Send } from "./api-setting.ts";
import { found } from "./read/reader.ts";
import { runStep } from "./step.ts";

const sendFor =
  (octokit: Octokit, { what, wanted, entry }: ApiSetting): Send =>
  async (method, path, given) => {
    const body = withSecret(given, entry?.secret);
    if (path === graphqlPath) {
      const { query, variables } = body as unknown as Question;
      return { status: 200, data: await octokit.graphql<Json>(query, variables) };
    }
    const ask = async () => {
      if (method === "GET" && Array.isArray(wanted))
        return { status: 200, data: (await octokit.paginate(`GET ${path}`)) as Json };
      const answer = await octokit.request(`${method} ${path}`, body === undefined ? {} : { data: body });
      // An answer without a body says that it is on.
      return { status: answer.status, data: (answer.status === 204 ? {} : answer.data) as Json };
    };
    if (method !== "GET") return ask();
    return (await found(what, ask)) ?? { status: 404, data: null };
  };

/** @param variable of the environment that holds the secret */
function withSecret(body: Json | undefined, variable: string | undefined): Json | undefined {
  if (variable === undefined || body === undefined) return body;
  const { config, ...rest } = body as { readonly config: Readonly<Record<string, Json>> };
  return { ...rest, config: { ...config, secret: process.env[variable] ?? "" } };
}

await runStep(async (octokit, input) => {
  const given = input as ApiSetting | { readonly all: readonly ApiSetting[] };
  const lists = new Map<string, Promise<Json>>();
  const listed = async ({ what, among }: ApiSetting): Promise<Json> => {
    if (among === undefined) return null;
    const asked =
      lists.get(among.list) ??
      found(what, () => octokit.paginate(`GET ${among.list}`)).then((all) => (all ?? []) as Json);
    lists.set(among.list, asked);
    return asked;
  };
  for (const setting of "all" in given ? given.all : [given]) {
    const known = entryIn(await listed(setting), setting);
    process.stdout.write(`${await ensure(sendFor(octokit, setting), setting, undefined, known)}\n`);
  }
});
