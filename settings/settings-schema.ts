import { z } from "zod";
import { checklistShape } from "../checklist/schema.ts";
import { githubShape } from "../github/schema.ts";
import { ecsShape } from "../lib/aws/ecs/schema.ts";
import { awsShape } from "../lib/aws/schema.ts";
import { databasesShape } from "../lib/databases/schema.ts";
import { entranceShape } from "../lib/entrance/schema.ts";
import { frontShape } from "../lib/front/schema.ts";
import { hostsShape } from "../lib/hosts/schema.ts";
import { imagesShape } from "../lib/images/schema.ts";
import { noticesShape } from "../lib/notices/schema.ts";
import { releasesShape } from "../lib/releases/schema.ts";
import { secretsShape } from "../lib/secrets/schema.ts";
import { tlsShape } from "../lib/tls/schema.ts";
import { monitoringShape } from "../monitoring/schema.ts";
import { policyShape } from "./policy-schema.ts";

/** What each key of `Pulumi.<stack>.yaml` may be. Defaults of single values stand in the catalog, of parts of objects here. */
export const settingsSchema = z.strictObject({
  ...releasesShape,
  ...secretsShape,
  ...hostsShape,
  ...awsShape,
  ...ecsShape,
  ...imagesShape,
  ...tlsShape,
  ...entranceShape,
  ...frontShape,
  ...databasesShape,
  ...noticesShape,
  ...monitoringShape,
  ...githubShape,
  ...checklistShape,
  ...policyShape,
});

/** Everything a stack's configuration says, checked, with defaults filled in, and frozen. Secrets are here by name only. */
export type Settings = z.infer<typeof settingsSchema>;
