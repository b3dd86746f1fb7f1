/** Names of variables that hold secrets. */
const secretName = /TOKEN|SECRET|PASS|KEY|CREDENTIAL|AUTH/i;
/** Shorter ones would be found in half of all words. */
const shortest = 6;

/** Secrets by their looks, whoever holds them: tokens of GitHub, Pulumi and Slack's addresses, private keys, logins in addresses. */
const shapes = [
  /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|pul-[0-9a-f]{20,}|xox[abprs]-[\w-]{10,})/g,
  /\bhttps:\/\/hooks\.slack\.com\/\S+/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<=:\/\/)[^\s/@]+:[^\s/@]+(?=@)/g,
];

/** Every secret that this process was given. */
export const secretsIn = (env: Readonly<Record<string, string | undefined>>): string[] =>
  Object.entries(env).flatMap(([name, value]) => (secretName.test(name) && value !== undefined ? [value] : []));

/**
 * Takes secrets out of a text: as they are, in base64 wherever they stand in it (so in a login too), and as an address or JSON has them. The
 * last resort: no probe may put one into its words.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .flatMap((secret) => [secret, ...secret.split("\n")])
    .map((secret) => secret.trim())
    .filter(({ length }) => length >= shortest)
    .flatMap((secret) => {
      const base64 = [0, 1, 2].map((offset) => base64Within(secret, offset));
      const urlSafe = base64.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"));
      return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...base64, ...urlSafe];
    });
  // The longest first: one secret may be the beginning of another.
  const all = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => {
    const known = all.reduce((rest, form) => rest.replaceAll(form, "[secret]"), text);
    return shapes.reduce((rest, shape) => rest.replace(shape, "[secret]"), known);
  };
}

/** The characters that a secret alone decides, where it begins so many bytes behind the beginning of a group of three. */
function base64Within(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  return bytes.toString("base64").slice(Math.ceil((offset * 4) / 3), Math.floor((bytes.length * 4) / 3));
}

/** The same of every text in a value, so before a format writes `&` and quotes in a way of its own. */
export const withoutSecrets = <T>(value: T, clean: (text: string) => string): T =>
  JSON.parse(JSON.stringify(value), (_, each: unknown) => (typeof each === "string" ? clean(each) : each)) as T;
