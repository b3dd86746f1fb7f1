import { stringify } from "yaml";
import type { Setting } from "./assumptions.ts";

/** Texts of a new project's files by their path. */
export type Files = Readonly<Record<string, string>>;

/** What a project needs beside its service. @param settings of its first stack, `local` */
export const projectFiles = (name: string, settings: readonly Setting[]): Files => ({
  "Pulumi.yaml": projectFile(name),
  "Pulumi.local.yaml": stackFile(settings),
  "index.ts": `/** Declares what the stack's file names. A program of your own may call deliver() and return what it returns. */
export { deliver as default } from "slipway";
`,
});

const projectFile = (name: string) => `name: ${name}
description: The road of ${name} to production
runtime:
  name: nodejs
  options:
    # Node strips the types itself.
    typescript: false
    # Room for all that one run makes, so that it ends before it has to collect garbage; and without what no stack uses.
    nodeargs: --max-semi-space-size=64 --import=slipway/lean-sdk
main: index.ts
backend:
  # In this folder, so that nobody needs an account. PULUMI_BACKEND_URL wins over it.
  url: file://./.pulumi-state
`;

function stackFile(settings: readonly Setting[]): string {
  const lines = settings.map(({ key, value, because }) => {
    const yaml = stringify({ [`slipway:${key}`]: value }, { collectionStyle: "flow", lineWidth: 0 }).trim();
    const plain = yaml.replace(/^\{ (.*) \}$/s, "$1");
    return `${because === undefined ? "" : `  # ${capital(because)}.\n`}  ${plain}\n`;
  });
  return `# Every setting: node_modules/slipway/docs/settings.md\nconfig:\n${lines.join("")}`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Where the service to begin with says that it is well. */
export const exampleHealth = "/healthz";

/** Of a project whose folder is empty: a service to begin with, healthy at {@link exampleHealth}. */
export const exampleService: Files = {
  "service/server.js": `const { createServer } = require("node:http");

const server = createServer((request, response) => {
  response.end(request.url === "${exampleHealth}" ? "ok" : \`Hello from \${process.env.SLIPWAY_VERSION}\\n\`);
});
server.listen(Number(process.env.PORT));
// Requests that it has are answered before it ends.
process.on("SIGTERM", () => server.close());
`,
  "service/Dockerfile": `# \`slipway up\` provides this image, also where no registry answers. Any other one will do.
FROM slipway/node:local
COPY server.js /app/
EXPOSE 8000
CMD ["node", "/app/server.js"]
`,
};

/** What git leaves out. */
export const ignoredByGit = ["node_modules/", ".pulumi-state/"];

/** The project's own files, for a build whose folder they lie in: the state changes with every update, and each change would be a release. */
export const ignoredByBuild = [
  "node_modules",
  ".pulumi-state",
  "Pulumi.*",
  "index.ts",
  "package.json",
  "package-lock.json",
  ".git",
];

/** package.json as `npm install` left it, made one of a project. */
export const projectManifest = (name: string, found: object): string =>
  `${JSON.stringify({ name, private: true, type: "module", ...found }, null, 2)}\n`;
