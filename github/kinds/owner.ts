import { readingOf, type Kind } from "./kind.ts";

/** Lines of CODEOWNERS on main that GitHub ignores: nobody's approval is asked for what they name. */
export const owner: Kind = {
  title: ({ name }) => `${name} of CODEOWNERS`,
  async read(reader) {
    const answer = await reader.ask("errors in CODEOWNERS", async ({ rest }, at) => {
      return (await rest.repos.codeownersErrors({ ...at, ref: "main" })).data.errors;
    });
    return readingOf("owner", answer, (errors) =>
      errors.map(({ kind, line, column }) => {
        return { kind: "owner", name: `line ${line}, column ${column}`, fields: { is: kind } };
      }),
    );
  },
  words: {},
  undeclared: ({ fields }) => `is ignored by GitHub: ${fields.is as string}`,
};
