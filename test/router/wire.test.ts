import { describe, expect, it } from "vitest";
import {
  parseAwaitedCertificate,
  parseHoldRequest,
  parseNote,
  parseOutcome,
  parsePromotion,
  parseRefusal,
  parseProxyWish,
  parseWish,
} from "../../router/wire.ts";
import { release } from "./support/samples.ts";

const wish = { slot: "green", release: release("1.1.0"), rollout: 2 };
const compare = "https://github.com/acme/shop/compare/fed9876...0123abc";
const told = {
  holds: { blue: release("1.0.0"), green: wish.release },
  by: "alice",
  backup: ["/backups/a.dump"],
  source: { commit: "0123abc", author: null, compare },
  loses: "PostgreSQL",
};

describe("what the controller is sent", () => {
  it.each([
    [parseWish, wish, wish],
    [parsePromotion, { ...wish, ...told }, { ...wish, ...told }],
    [
      parsePromotion,
      wish,
      { ...wish, holds: { blue: null, green: null }, by: null, backup: [], source: null, loses: null },
    ],
    [
      parseWish,
      { ...wish, release: { ...wish.release, volumes: { uploads: "/app/uploads" } } },
      { ...wish, release: { ...wish.release, volumes: { uploads: "/app/uploads" } } },
    ],
    [
      parseWish,
      { ...wish, release: { ...wish.release, roles: { worker: 2 }, schedules: { worker: "*/5 8-18 * * mon-fri" } } },
      { ...wish, release: { ...wish.release, roles: { worker: 2 }, schedules: { worker: "*/5 8-18 * * mon-fri" } } },
    ],
    [parseProxyWish, { place: 2, id: "0123abcd" }, { place: 2, id: "0123abcd" }],
    [parseHoldRequest, { by: "alice", silenceMs: 3000 }, { by: "alice", silenceMs: 3000 }],
    [parseNote, { rollout: 2, data: ["a"] }, { rollout: 2, data: ["a"] }],
    [
      parseOutcome,
      { kind: "copy", name: "by-hand-1", problem: "" },
      { kind: "copy", name: "by-hand-1", problem: null },
    ],
    [
      parseOutcome,
      { kind: "backup", name: "by-hand-1", problem: "no\nroom\n" },
      { kind: "backup", name: "by-hand-1", problem: "no room" },
    ],
    [
      parseAwaitedCertificate,
      { source: "files", fingerprint: "0".repeat(40) },
      { source: "files", fingerprint: "0".repeat(40) },
    ],
  ])("%o reads %j", (parse, body, found) => {
    expect(parse(JSON.stringify(body))).toEqual(found);
  });

  it.each([
    [parseWish, { ...wish, slot: "red" }, 'stdin.slot: got "red"; allowed blue, green'],
    [parseWish, { ...wish, release: { ...wish.release, replicas: 9 } }, "stdin.release.replicas: got 9"],
    [parseWish, { ...wish, release: { ...wish.release, volumes: { a: "relative" } } }, "release.volumes.a: got"],
    [parseWish, { ...wish, release: { ...wish.release, roles: { blue: 1 } } }, "stdin.release.roles.blue: got 1"],
    [
      parsePromotion,
      { ...wish, ...told, source: { compare: compare.replace("https", "javascript") } },
      "stdin.source.compare: got",
    ],
    [parseWish, { ...wish, release: { ...wish.release, roles: { worker: 99 } } }, "stdin.release.roles.worker: got 99"],
    [parsePromotion, { ...wish, holds: { blue: {} } }, "stdin.holds.blue.id: got nothing"],
    [parsePromotion, { ...wish, by: 7 }, "stdin.by: got 7"],
    [parsePromotion, { ...wish, by: "a\nb" }, "stdin.by: got"],
    [parsePromotion, { ...wish, backup: "all" }, 'stdin.backup: got "all"; allowed a list'],
    [parseRefusal, wish, "stdin.why: got nothing"],
    [parseProxyWish, { place: 3, id: "a" }, "stdin.place: got 3; allowed a whole number from 1 to 2"],
    [parseHoldRequest, { by: "alice", silenceMs: 1 }, "stdin.silenceMs: got 1"],
    [parseNote, { rollout: 2, data: ["a\nb"] }, "stdin.data[0]: got"],
    [parseOutcome, { kind: "copies", name: "by-hand-1", problem: "" }, "stdin.kind: got"],
    [parseOutcome, { kind: "copy", name: "../x", problem: "" }, "stdin.name: got"],
    [parseAwaitedCertificate, { source: "files", fingerprint: "no" }, 'stdin.fingerprint: got "no"'],
  ])("%o refuses %j", (parse, body, message) => {
    expect(() => parse(JSON.stringify(body))).toThrow(message);
  });
});
