// What GitHub's own language service says of files: `node --import json-modules.ts language-service.ts <files>` prints one JSON array.
import { readFileSync } from "node:fs";
import { validate } from "@actions/languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";
import { actionReference, actions, type ActionName } from "../../workflows/actions.ts";

const metadata = new Map(
  Object.entries(actions).map(([name, { inputs, outputs }]) => [
    actionReference(name as ActionName),
    {
      name,
      description: "",
      inputs: Object.fromEntries(inputs.map((input) => [input, { description: "" }])),
      outputs: Object.fromEntries(outputs.map((output) => [output, { description: "" }])),
    },
  ]),
);

const found = await Promise.all(
  process.argv.slice(2).map(async (file) => {
    const document = TextDocument.create(file, "yaml", 1, readFileSync(file, "utf8"));
    const problems = await validate(document, {
      actionsMetadataProvider: {
        fetchActionMetadata: ({ owner, name, path, ref }) =>
          Promise.resolve(
            metadata.get(`${[owner, name, path].filter((part) => part !== undefined && part !== "").join("/")}@${ref}`),
          ),
      },
    });
    return problems.map(
      ({ message, range }) =>
        `${file}:${range.start.line + 1}: ${typeof message === "string" ? message : message.value}`,
    );
  }),
);
process.stdout.write(JSON.stringify(found.flat()));
