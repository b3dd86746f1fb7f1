// Makes one setting of GitHub so: JSON on standard input, the token in GITHUB_TOKEN, one line on standard output.
import { json } from "node:stream/consumers";
import type { Json } from "./compare.ts";
import { ensure, type ApiSetting, type Send } from "./api-setting.ts";
import { connect } from "./octokit.ts";
import { found } from "./read/reader.ts";

interface Input extends ApiSetting {
  readonly baseUrl?: string;
}

const setting = (await json(process.stdin)) as Input;
const octokit = connect(process.env.GITHUB_TOKEN ?? "", setting);

const send: Send = async (method, path, body) => {
  const ask = async () => {
    const answer = await octokit.request(`${method} ${path}`, body === undefined ? {} : { data: body });
    return { status: answer.status, data: answer.data as Json };
  };
  if (method !== "GET") return ask();
  return (await found(setting.what, ask)) ?? { status: 404, data: null };
};

try {
  process.stdout.write(`${await ensure(send, setting)}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
