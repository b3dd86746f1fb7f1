import { expect } from "vitest";

/** Has the sample service write a row into its database. */
export async function askQuestion(url: string, question: string): Promise<void> {
  const { status } = await fetch(`${url}/api/v1/queries`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ question }),
  });
  expect(status).toBe(201);
}
