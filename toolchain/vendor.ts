/** How long the vendor may take to answer, in milliseconds. */
const answerMs = 5_000;

let answer: Promise<boolean> | undefined;

/**
 * Whether the vendor's download answers from here. Asked once a run, and only when something is missing.
 *
 * No with `SLIPWAY_VENDOR=no`: then everything is built from Go modules, of which go.sum knows the hashes.
 */
export function vendorAnswers(): Promise<boolean> {
  if (process.env.SLIPWAY_VENDOR === "no") return Promise.resolve(false);
  return (answer ??= answers("https://get.pulumi.com/install.sh"));
}

/**
 * Whether something is to be had at an address.
 *
 * @param patience longest wait, in milliseconds
 */
export function answers(url: string, patience = answerMs): Promise<boolean> {
  return fetch(url, { method: "HEAD", signal: AbortSignal.timeout(patience) })
    .then((response) => response.ok)
    .catch(() => false);
}
