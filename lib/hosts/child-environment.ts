/**
 * What a command that reaches a host gets of this process's environment: not the engine's own variables, among which are the whole
 * configuration with its secrets in plain text (`PULUMI_CONFIG`) and the passphrase.
 *
 * @param own variables of the command itself
 */
export const childEnvironment = (own: Readonly<Record<string, string>>): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries({ ...process.env, ...own }).filter(([name]) => !name.startsWith("PULUMI_")));
