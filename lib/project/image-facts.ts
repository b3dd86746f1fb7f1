import { DockerfileParser } from "dockerfile-ast";
import { z } from "zod";

/** What an image says of itself: only what is written there. */
export interface ImageFacts {
  /** TCP ports that it exposes, in its own order. */
  readonly ports: readonly number[];
  /** `PORT` of its environment: where it listens unless it is told another. @default it has none */
  readonly defaultPort?: number | undefined;
  /** As `USER` names it: a name or number, perhaps with a group; empty is root. */
  readonly user: string;
  /** The command that its HEALTHCHECK runs. @default it has none */
  readonly healthcheck?: string | undefined;
  /** Folders that it calls volumes. */
  readonly volumes: readonly string[];
  /** Words that come before a container's command. @default it says none */
  readonly entrypoint?: readonly string[] | undefined;
}

/** Whether a user is root, as `USER` may name it. */
export const isRoot = (user: string): boolean => user === "" || /^(0|root)(:|$)/.test(user);

/** A Dockerfile's last stage. */
export interface Stage {
  readonly facts: ImageFacts;
  /** The image that it begins with, whose facts it inherits. @default from nothing, or from another stage's variables */
  readonly base: string | undefined;
}

/** Reads the last stage of a Dockerfile: the one that `docker build` makes the image from. */
export function readDockerfile(text: string): Stage {
  const file = DockerfileParser.parse(text);
  const from = file.getFROMs().at(-1);
  const since = from?.getRange().start.line ?? 0;
  const ofStage = file.getInstructions().filter((one) => one.getRange().start.line >= since);
  const words = (keyword: string) =>
    ofStage
      .filter((one) => one.getKeyword() === keyword)
      .map((one) => ({
        line: one.getRange().start.line,
        words: one.getExpandedArguments().map((word) => word.getValue()),
      }));
  const resolved = ({ line, words: all }: { readonly line: number; readonly words: readonly string[] }) =>
    all.map((word) => expand(word, (name) => file.resolveVariable(name, line) ?? undefined));
  const variables = file
    .getENVs()
    .filter((one) => one.getRange().start.line >= since)
    .flatMap((one) => one.getProperties());
  const check = words("HEALTHCHECK").map(resolved).at(-1)?.join(" ") ?? "";
  return {
    base: baseOf(
      file.getFROMs().map((one) => ({ image: one.getImage(), stage: one.getBuildStage() })),
      from?.getImage(),
    ),
    facts: {
      ports: portsOf(words("EXPOSE").flatMap(resolved)),
      defaultPort: portOf(variables.findLast((one) => one.getName() === "PORT")?.getValue()),
      user: words("USER").map(resolved).at(-1)?.[0] ?? "",
      healthcheck: /\bNONE\b/.test(check) || check === "" ? undefined : check,
      volumes: words("VOLUME").flatMap(({ words: all }) => all.flatMap((word) => word.match(/\/[\w./-]+/g) ?? [])),
      entrypoint: wordsOf(ofStage.findLast((one) => one.getKeyword() === "ENTRYPOINT")?.getArgumentsContent()),
    },
  };
}

/** As a list of words, or as a line for a shell. */
function wordsOf(content: string | null | undefined): readonly string[] | undefined {
  if (content === null || content === undefined) return undefined;
  try {
    return z.array(z.string()).parse(JSON.parse(content));
  } catch {
    return ["/bin/sh", "-c", content];
  }
}

/** A stage may begin with an earlier one: then that one's image counts. */
function baseOf(
  stages: readonly { image: string | null; stage: string | null }[],
  image: string | null | undefined,
): string | undefined {
  const earlier = stages.slice(0, -1).findLast(({ stage }) => stage !== null && stage === image);
  if (earlier !== undefined) return baseOf(stages.slice(0, stages.indexOf(earlier) + 1), earlier.image);
  return image === null || image === undefined || image === "scratch" || image.includes("$") ? undefined : image;
}

const inspected = z.object({
  Config: z.object({
    ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
    Env: z.array(z.string()).nullish(),
    User: z.string().nullish(),
    Healthcheck: z.object({ Test: z.array(z.string()).nullish() }).nullish(),
    Volumes: z.record(z.string(), z.unknown()).nullish(),
    Entrypoint: z.array(z.string()).nullish(),
  }),
});

/** @param json what `docker image inspect` prints of one image */
export function readImage(json: string): ImageFacts {
  const { Config } = z.tuple([inspected]).parse(JSON.parse(json))[0];
  const [kind, ...test] = Config.Healthcheck?.Test ?? [];
  const variables = new Map(
    (Config.Env ?? []).map((variable) => [variable.split("=", 1)[0], variable.replace(/^[^=]*=/, "")]),
  );
  return {
    ports: portsOf(Object.keys(Config.ExposedPorts ?? {})),
    defaultPort: portOf(variables.get("PORT")),
    user: Config.User ?? "",
    healthcheck:
      kind === undefined || kind === "NONE" ? undefined : expand(test.join(" "), (name) => variables.get(name)),
    volumes: Object.keys(Config.Volumes ?? {}),
    entrypoint: Config.Entrypoint ?? [],
  };
}

/** What an image says that begins with another one. */
export const inherit = (own: ImageFacts, base: ImageFacts): ImageFacts => ({
  ports: own.ports.length > 0 ? own.ports : base.ports,
  defaultPort: own.defaultPort ?? base.defaultPort,
  user: own.user === "" ? base.user : own.user,
  healthcheck: own.healthcheck ?? base.healthcheck,
  volumes: [...new Set([...base.volumes, ...own.volumes])],
  entrypoint: own.entrypoint ?? base.entrypoint,
});

/** `$PORT`, `${PORT}` and `${PORT:-8080}` as the image's own environment has them. */
const expand = (text: string, valueOf: (name: string) => string | undefined): string =>
  text.replace(
    /\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})/g,
    (whole, plain?: string, braced?: string, preset?: string) => valueOf(plain ?? braced ?? "") ?? preset ?? whole,
  );

/** `8080`, `8080/tcp`; ranges and UDP are no place for HTTP. */
const portsOf = (words: readonly string[]): number[] =>
  words.flatMap((word) => portOf(/^(\d+)(\/tcp)?$/.exec(word)?.[1]) ?? []);

const portOf = (text: string | null | undefined): number | undefined => {
  const port = Number(text ?? "");
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined;
};
