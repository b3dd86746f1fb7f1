import { PolicyPack } from "@pulumi/policy";
import { approvedEnvironment } from "./approved-environment.ts";
import { guideFloor } from "./guide-floor.ts";
import { reportedChecks } from "./reported-checks.ts";

// The program holds its declaration against GitHub's present and the last update; this looks at what really goes to the engine.
new PolicyPack("slipway", {
  description: "The rules around the code are never weaker than the guide asks for",
  enforcementLevel: "mandatory",
  policies: [guideFloor, reportedChecks, approvedEnvironment],
});
