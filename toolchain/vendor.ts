// Does the vendor's download answer from here? Asked once a run, and only when something is missing.

/** How long the vendor may take to answer, in milliseconds. */
const PATIENCE = 5_000;

let answer: Promise<boolean> | undefined;

export function vendorAnswers(): Promise<boolean> {
  return (answer ??= answers("https://get.pulumi.com/install.sh"));
}

export function answers(url: string, patience = PATIENCE): Promise<boolean> {
  return fetch(url, { method: "HEAD", signal: AbortSignal.timeout(patience) })
    .then((response) => response.ok)
    .catch(() => false);
}
