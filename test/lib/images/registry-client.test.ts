import { expect, test } from "vitest";
import { schemeOf } from "../../../lib/images/registry-client.ts";

test.each(["localhost", "localhost:5000", "127.0.0.1", "127.0.0.1:5000", "127.1.2.3:5000"])(
  "%s is this machine, and may do without encryption",
  (server) => {
    expect(schemeOf(server)).toBe("http");
  },
);

test.each([
  "localhost.evil.example",
  "localhost.evil.example:5000",
  "127.evil.example",
  "127.0.0.1.evil.example",
  "docker.io",
])("%s is not", (server) => {
  expect(schemeOf(server)).toBe("https");
});
