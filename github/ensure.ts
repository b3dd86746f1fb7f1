// Makes settings of GitHub so: JSON on standard input, the token in GITHUB_TOKEN or an App's key in GITHUB_APP_KEY, one line on standard output.
import { json } from "node:stream/consumers";
import type { Json } from "./compare.ts";
import { ensure, graphqlPath, type ApiSetting, type Question, type Send } from "./api-setting.ts";
import { installationToken, type AppLogin } from "./app-token.ts";
import { connect } from "./octokit.ts";
import { found } from "./read/reader.ts";

interface Input {
  readonly baseUrl?: string;
  readonly app?: Omit<AppLogin, "key">;
}

const { baseUrl, app, ...input } = (await json(process.stdin)) as Input &
  (ApiSetting | { readonly all: readonly ApiSetting[] });
const { GITHUB_TOKEN = "", GITHUB_APP_KEY: key = "" } = process.env;
const server = baseUrl === undefined ? {} : { baseUrl };
const octokit = connect(app ? await installationToken({ ...app, key }, server) : GITHUB_TOKEN, server);

const sendFor =
  ({ what, wanted }: ApiSetting): Send =>
  async (method, path, body) => {
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

try {
  for (const setting of "all" in input ? input.all : [input]) {
    process.stdout.write(`${await ensure(sendFor(setting), setting)}\n`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
