import { readdirSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { unusedExceptions } from "../../policy/exceptions.ts";
import { rules } from "../../policy/rules/index.ts";
import { policyRules, type PolicyRule } from "../../settings/policy-schema.ts";
import { inDays } from "../support/in-days.ts";
import { notKnownYet as later, reported, secret, type Asked } from "../support/asked-policy.ts";

const digest = `@sha256:${"a".repeat(64)}`;
const container = (props: object, component = ""): Asked => ({
  type: "docker:index/container:Container",
  urn: `urn:pulumi:s::p::${component}docker:index/container:Container::thing`,
  props: props as Asked["props"],
});
const ours = (props: object, component = "slipway:service:Slot") => container(props, `${component}$`);
const aws = (type: string, props: object, opts: Asked["opts"] = {}): Asked => {
  const [module = "", name = ""] = type.split("/");
  return {
    type: `aws:${module}/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`,
    props: props as Asked["props"],
    opts,
  };
};
const task = (...containers: object[]) =>
  aws("ecs/TaskDefinition", { containerDefinitions: JSON.stringify(containers) });
const image = (props: object): Asked => ({
  type: "docker:index/remoteImage:RemoteImage",
  props: props as Asked["props"],
});
const policy = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const ingress = (props: object) => aws("ec2/SecurityGroup", { ingress: [props] });
const everybody = { cidrBlocks: ["0.0.0.0/0"], protocol: "tcp" };
const tags = { "slipway.service": "shop", "slipway.stack": "production" };
const closed = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
const pinned = ["-o", "StrictHostKeyChecking=yes", "-o", "KnownHostsCommand=/bin/echo %H ssh-ed25519 AAAA"];
const provider = (props: object): Asked => ({ type: "pulumi:providers:docker", props: props as Asked["props"] });
const command = (props: object): Asked => ({ type: "command:local:Command", props: props as Asked["props"] });
const remote = (props: object): Asked => ({ type: "command:remote:Command", props: props as Asked["props"] });

/** By rule: what passes, what fails and how that is said, and what only the update will know. */
const cases: Readonly<
  Record<PolicyRule, { pass: readonly Asked[]; fail: readonly (readonly [Asked, string])[]; unknown: readonly Asked[] }>
> = {
  "slipway-images-by-digest": {
    pass: [
      image({ name: `ghcr.io/acme/api${digest}` }),
      image({ name: "shop-local/blue:abc", build: { context: "." } }),
      image({ name: "slipway/redis:local" }),
      container({ image: `nginx${digest}` }),
      container({ image: `sha256:${"b".repeat(64)}` }),
      task({ name: "api", image: `ghcr.io/acme/api:1.0.0${digest}` }),
    ],
    fail: [
      [image({ name: "redis:7" }), "image redis:7 is named by a tag"],
      [image({ name: "ghcr.io/acme/api" }), "image ghcr.io/acme/api is named by a tag"],
      [image({ name: "slipway/redis:2" }), "slipway/redis:2"],
      [image({ name: "evil.example/slipway/redis:local" }), "evil.example"],
      [container({ image: "nginx" }), "image nginx"],
      [task({ name: "api", image: "api:1" }, { name: "side", image: `x${digest}` }), "image api:1"],
    ],
    unknown: [
      image({ name: later }),
      container({ image: later }),
      aws("ecs/TaskDefinition", { containerDefinitions: later }),
    ],
  },
  "slipway-containers-have-limits": {
    pass: [
      container({ memory: 256 }),
      ours({}, "slipway:database:Databases"),
      task({ name: "api", memory: 512 }),
      aws("ecs/TaskDefinition", { memory: "1024", containerDefinitions: JSON.stringify([{ name: "api" }]) }),
    ],
    fail: [
      [container({}), "the container has no limit of its memory"],
      [ours({ memory: 0 }), "no limit"],
      [task({ name: "api", memory: 512 }, { name: "side" }), "side has no limit"],
    ],
    unknown: [container({ memory: later }), aws("ecs/TaskDefinition", { containerDefinitions: later })],
  },
  "slipway-containers-have-health-checks": {
    pass: [
      ours({}),
      container({ healthcheck: { tests: ["CMD", "true"] } }),
      aws("lb/TargetGroup", { protocol: "HTTP", healthCheck: { path: "/health" } }),
      aws("lb/TargetGroup", { protocol: "TCP", healthCheck: {} }),
      task(
        { name: "api", portMappings: [{ containerPort: 8000 }] },
        { name: "side", healthCheck: { command: ["CMD"] } },
      ),
    ],
    fail: [
      [container({}), "nobody asks whether it is well"],
      [container({ healthcheck: { tests: [] } }), "nobody asks"],
      [aws("lb/TargetGroup", { protocol: "HTTP" }), "nobody asks"],
      [aws("lb/TargetGroup", { protocol: "HTTP", healthCheck: { enabled: false, path: "/" } }), "nobody asks"],
      [task({ name: "side" }), "nobody asks"],
    ],
    unknown: [
      container({ healthcheck: later }),
      aws("lb/TargetGroup", { protocol: "HTTP", healthCheck: later }),
      aws("ecs/TaskDefinition", { containerDefinitions: later }),
    ],
  },
  "slipway-ports-are-closed": {
    pass: [
      container({
        ports: [
          { internal: 9090, external: 9090, ip: "127.0.0.1" },
          { internal: 80, external: 80 },
        ],
      }),
      ingress({ ...everybody, fromPort: 443, toPort: 443 }),
      ingress({ ...everybody, cidrBlocks: ["10.0.0.0/8"], fromPort: 0, toPort: 65535 }),
      aws("vpc/SecurityGroupIngressRule", { cidrIpv6: "::/0", ipProtocol: "tcp", fromPort: 80, toPort: 80 }),
      aws("ec2/SecurityGroupRule", { ...everybody, type: "egress", fromPort: 0, toPort: 65535 }),
    ],
    fail: [
      [container({ ports: [{ internal: 5432, external: 5432 }] }), "port 5432 is published at all addresses"],
      [container({ ports: [{ internal: 5432, external: 5432, ip: "0.0.0.0" }] }), "port 5432"],
      [container({ publishAllPorts: true }), "all its ports"],
      [ingress({ ...everybody, fromPort: 5432, toPort: 5432 }), "port 5432 is open to 0.0.0.0/0"],
      [ingress({ ...everybody, fromPort: 80, toPort: 443 }), "ports 80 to 443 are open"],
      [ingress({ ...everybody, protocol: "-1", fromPort: 0, toPort: 0 }), "ports 0 to 65535 are open"],
      [ingress({ ipv6CidrBlocks: ["::/0"], protocol: "tcp", fromPort: 6379, toPort: 6379 }), "open to ::/0"],
      [ingress({ cidrBlocks: ["128.0.0.0/1"], protocol: "tcp", fromPort: 6379, toPort: 6379 }), "open to 128.0.0.0/1"],
      [aws("ec2/SecurityGroupRule", { ...everybody, type: "ingress", fromPort: 8080, toPort: 8080 }), "port 8080"],
      [aws("vpc/SecurityGroupIngressRule", { cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" }), "ports 0 to 65535"],
    ],
    unknown: [
      container({ ports: later }),
      container({ ports: [{ internal: 1, external: 1, ip: later }] }),
      ingress({ protocol: "tcp", cidrBlocks: [later], fromPort: 1, toPort: 1 }),
    ],
  },
  "slipway-ssh-is-closed": {
    pass: [
      ingress({ ...everybody, fromPort: 443, toPort: 443 }),
      ingress({ ...everybody, cidrBlocks: ["203.0.113.0/24"], fromPort: 22, toPort: 22 }),
    ],
    fail: [
      [ingress({ ...everybody, fromPort: 22, toPort: 22 }), "SSH (port 22) is open to 0.0.0.0/0"],
      [ingress({ ...everybody, fromPort: 0, toPort: 1023 }), "SSH"],
      [aws("vpc/SecurityGroupIngressRule", { cidrIpv6: "::/0", ipProtocol: "tcp", fromPort: 22, toPort: 22 }), "::/0"],
    ],
    unknown: [ingress({ protocol: "tcp", cidrBlocks: later, fromPort: 22, toPort: 22 })],
  },
  "slipway-storage-is-encrypted": {
    pass: [
      aws("ebs/Volume", { encrypted: true }),
      aws("ec2/Instance", { rootBlockDevice: { encrypted: true }, ebsBlockDevices: [{ encrypted: true }] }),
      aws("rds/Instance", { storageEncrypted: true }),
      aws("elasticache/ReplicationGroup", { atRestEncryptionEnabled: true, transitEncryptionEnabled: true }),
      aws("ec2/LaunchTemplate", { blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { encrypted: "true" } }] }),
    ],
    fail: [
      [aws("ebs/Volume", {}), "encrypted is not true"],
      [aws("efs/FileSystem", { encrypted: false }), "encrypted is not true"],
      [aws("ec2/Instance", {}), "rootBlockDevice is not encrypted"],
      [
        aws("ec2/Instance", { rootBlockDevice: { encrypted: true }, ebsBlockDevices: [{ deviceName: "/dev/sdf" }] }),
        "/dev/sdf is not encrypted",
      ],
      [aws("rds/Cluster", {}), "storageEncrypted is not true"],
      [aws("elasticache/ReplicationGroup", { atRestEncryptionEnabled: true }), "transitEncryptionEnabled is not true"],
    ],
    unknown: [aws("ebs/Volume", { encrypted: later }), aws("ec2/Instance", { rootBlockDevice: later })],
  },
  "slipway-buckets-are-private": {
    pass: [
      aws("s3/Bucket", {}),
      aws("s3/BucketAcl", { acl: "private" }),
      aws("s3/BucketPublicAccessBlock", closed),
      aws("s3/BucketPolicy", { policy: policy({ Effect: "Deny", Principal: "*", Action: "s3:*" }) }),
      aws("s3/BucketPolicy", {
        policy: policy({ Effect: "Allow", Principal: { AWS: "arn:aws:iam::1:root" }, Action: "s3:GetObject" }),
      }),
    ],
    fail: [
      [aws("s3/Bucket", { acl: "public-read" }), "acl public-read is for everybody"],
      [aws("s3/BucketAcl", { acl: "authenticated-read" }), "authenticated-read"],
      [
        aws("s3/BucketAcl", {
          accessControlPolicy: { grants: [{ grantee: { uri: "http://acs.amazonaws.com/groups/global/AllUsers" } }] },
        }),
        "a grant is for everybody",
      ],
      [aws("s3/BucketPublicAccessBlock", { ...closed, blockPublicPolicy: false }), "blockPublicPolicy is not true"],
      [
        aws("s3/BucketPolicy", {
          policy: policy({ Effect: "Allow", Principal: { AWS: "*" }, Action: "s3:GetObject" }),
        }),
        "allows everybody s3:GetObject",
      ],
    ],
    unknown: [
      aws("s3/BucketPolicy", { policy: later }),
      aws("s3/BucketPublicAccessBlock", { ...closed, blockPublicAcls: later }),
    ],
  },
  "slipway-secrets-are-marked": {
    pass: [
      container({ envs: ["DB_PASSWORD_FILE=/run/secrets/db", "LEVEL=info", "API_TOKEN=/run/secrets/token"] }),
      container({ envs: [secret("DB_PASSWORD=hunter2")] }),
      container({ envs: secret(["DB_PASSWORD=hunter2"]) }),
      aws("rds/Instance", { password: secret("hunter2"), passwordWoVersion: 1 }),
      aws("ec2/Instance", { metadataOptions: { httpTokens: "required" } }),
      command({ environment: { PASSWORD: "$OTHER" }, stdin: secret("hunter2") }),
      task({ name: "api", secrets: [{ name: "DB_PASSWORD", valueFrom: "arn" }] }),
    ],
    fail: [
      [container({ envs: ["LEVEL=info", "DB_PASSWORD=hunter2"] }), "envs[1] (DB_PASSWORD) is not marked"],
      [aws("rds/Instance", { password: "hunter2" }), "password is not marked"],
      [aws("rds/Instance", { masterPassword: "hunter2" }), "masterPassword is not marked"],
      [command({ environment: { GITHUB_TOKEN: "hunter2" } }), "environment.GITHUB_TOKEN is not marked"],
      [
        aws("ec2/Instance", { userData: "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2" }),
        "userData holds a private key",
      ],
      [task({ name: "api", environment: [{ name: "API_KEY", value: "hunter2" }] }), "API_KEY is plain text"],
    ],
    unknown: [
      container({ envs: [later] }),
      aws("rds/Instance", { password: later }),
      aws("ecs/TaskDefinition", { containerDefinitions: later }),
    ],
  },
  "slipway-data-is-protected": {
    pass: [aws("ebs/Volume", {}, { protect: true }), aws("ec2/Vpc", {})],
    fail: [
      [aws("ebs/Volume", {}), "it is not protected"],
      [aws("s3/Bucket", {}, { protect: false }), "it is not protected"],
      [aws("rds/Instance", {}), "it is not protected"],
    ],
    // Protection is an option: always known.
    unknown: [aws("ebs/Volume", { encrypted: later }, { protect: true })],
  },
  "slipway-host-keys-are-pinned": {
    pass: [
      provider({ host: "unix:///var/run/docker.sock" }),
      provider({ host: "ssh://slipway@a:22", sshOpts: JSON.stringify(pinned) }),
      command({ create: "ssh -o StrictHostKeyChecking=yes a true" }),
      remote({ connection: { host: "a", hostKey: "ssh-ed25519 AAAA" } }),
    ],
    fail: [
      [provider({ host: "ssh://slipway@a:22" }), "ssh://slipway@a:22 is reached without a pinned key"],
      [
        provider({ host: "ssh://a", sshOpts: JSON.stringify(["-o", "StrictHostKeyChecking=no"]) }),
        "without a pinned key",
      ],
      [command({ create: "ssh -o StrictHostKeyChecking=accept-new a true" }), "create connects without verifying"],
      [command({ environment: { STEP: "ssh -oStrictHostKeyChecking=no a" } }), "STEP connects without verifying"],
      [remote({ connection: { host: "a" } }), "connection has no hostKey"],
      [remote({ connection: { host: "a", hostKey: "k", proxy: { host: "b" } } }), "connection.proxy has no hostKey"],
    ],
    unknown: [
      provider({ host: later }),
      provider({ host: "ssh://a", sshOpts: later }),
      remote({ connection: { host: "a", hostKey: later } }),
      command({ create: later }),
    ],
  },
  "slipway-iam-without-wildcards": {
    pass: [
      aws("iam/RolePolicy", {
        policy: policy({ Effect: "Allow", Action: "s3:PutObject", Resource: "arn:aws:s3:::backups/shop/*" }),
      }),
      aws("iam/Policy", { policy: policy({ Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" }) }),
      aws("iam/Policy", { policy: policy({ Effect: "Deny", Action: "*", Resource: "*" }) }),
      aws("iam/RolePolicyAttachment", { policyArn: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" }),
      aws("iam/Role", {
        assumeRolePolicy: policy({
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Principal: { Service: "ec2.amazonaws.com" },
        }),
      }),
    ],
    fail: [
      [aws("iam/Policy", { policy: policy({ Effect: "Allow", Action: "*", Resource: "*" }) }), "allows the actions *"],
      [
        aws("iam/RolePolicy", {
          policy: policy({ Effect: "Allow", Action: ["s3:Get*"], Resource: "arn:aws:s3:::b/*" }),
        }),
        "allows the actions s3:Get*",
      ],
      [
        aws("iam/UserPolicy", { policy: policy({ Effect: "Allow", Action: "s3:PutObject", Resource: "*" }) }),
        "allows s3:PutObject on all resources",
      ],
      [aws("iam/Policy", { policy: policy({ Effect: "Allow", NotAction: "iam:x", Resource: "arn" }) }), "NotAction"],
      [aws("iam/Policy", { policy: policy({ Effect: "Allow", Action: "s3:x", NotResource: "arn" }) }), "NotResource"],
      [aws("iam/RolePolicyAttachment", { policyArn: "arn:aws:iam::aws:policy/AmazonS3FullAccess" }), "S3FullAccess"],
      [aws("iam/Role", { managedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"] }), "AdministratorAccess"],
      [
        aws("iam/Role", { assumeRolePolicy: policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: "*" }) }),
        "everybody may take it over",
      ],
    ],
    unknown: [aws("iam/Policy", { policy: later }), aws("iam/RolePolicyAttachment", { policyArn: later })],
  },
  "slipway-things-are-tagged": {
    pass: [
      aws("ec2/Instance", { tags }),
      aws("ec2/Instance", { tagsAll: tags }),
      aws("ec2/EipAssociation", {}),
      container({ labels: Object.entries(tags).map(([label, value]) => ({ label, value })) }),
    ],
    fail: [
      [aws("ec2/Instance", {}), "it has no slipway.service and no slipway.stack"],
      [aws("ebs/Volume", { tags: { "slipway.service": "shop" } }), "it has no slipway.stack"],
      [container({ labels: [] }), "it has no slipway.service"],
    ],
    unknown: [aws("ec2/Instance", { tags: later }), container({ labels: later })],
  },
};

describe.each(rules)("$name", (rule) => {
  const { pass, fail, unknown } = cases[rule.name];
  test.each(pass)("passes $type $props", (asked) => {
    expect(reported(rule, asked)).toEqual([]);
  });
  test.each(fail)("fails $type $props", (asked, sentence) => {
    const told = reported(rule, asked);
    expect(told.join("\n")).toContain(sentence);
    expect(told.every((text) => text.startsWith("thing: ") && text.includes(`Fix: ${rule.fix}`))).toBe(true);
    expect(told.join("\n")).not.toContain("hunter2");
  });
  test.each(unknown)("says nothing of what only the update will know: $type $props", (asked) => {
    expect(reported(rule, asked)).toEqual([]);
  });
});

test("the page names each rule and no other", () => {
  const named = [...readFileSync("docs/policy.md", "utf8").matchAll(/^\| `(slipway-[a-z-]+)`/gm)].map(
    ([, name]) => name,
  );
  expect(named).toEqual([...policyRules]);
});

test("each rule is one file, and each may be named in an exception", () => {
  expect(rules.map(({ name }) => name)).toEqual([...policyRules]);
  const files = readdirSync("policy/rules").filter((file) => file !== "index.ts");
  expect(files.sort()).toEqual(policyRules.map((name) => `${name.replace("slipway-", "")}.ts`).sort());
});

test("what an update leaves as it is keeps what it was made with, but only where Slipway leaves it", () => {
  const rule = rules.find(({ name }) => name === "slipway-containers-have-limits");
  if (!rule) throw new Error("no such rule");
  const opts = { ignoreChanges: ["*"] };
  expect(reported(rule, { ...ours({}), opts })).toEqual([]);
  expect(reported(rule, { ...container({}), opts })).toHaveLength(1);
});

describe("an exception", () => {
  const [rule] = rules;
  if (!rule) throw new Error("no rules");
  const by = { by: "jane", reason: "why" };
  const tell = (...exceptions: object[]) =>
    reported(rule, { type: "slipway:policy:Exceptions", name: "policy", props: { exceptions } });
  afterEach(() => {
    tell();
  });

  test("lets one resource pass one rule", () => {
    tell({ rule: rule.name, resource: "thing", ...by, until: inDays(30) });
    expect(reported(rule, image({ name: "redis:7" }))).toEqual([]);
    expect(reported(rule, { ...image({ name: "redis:7" }), name: "other" })).toHaveLength(1);
    expect(unusedExceptions()).toEqual([]);
  });

  test("ends, and reaches 90 days at most", () => {
    for (const [until, why] of [
      [inDays(-1), `jane's approval ended on ${inDays(-1)}`],
      [inDays(91), "90 days ahead"],
    ]) {
      tell({ rule: rule.name, resource: "thing", ...by, until });
      expect(reported(rule, image({ name: "redis:7" }))).toEqual([expect.stringContaining(why ?? "")]);
    }
  });

  test("that nothing needs is said, unless what it names could not be looked at yet", () => {
    tell({ rule: rule.name, resource: "thing", ...by, until: inDays(30) });
    reported(rule, image({ name: `redis${digest}` }));
    expect(unusedExceptions()).toEqual([
      "slipway:policy.exceptions[0]: slipway-images-by-digest finds nothing wrong with thing; pulumi config rm --path 'slipway:policy.exceptions[0]'",
    ]);
    reported(rule, image({ name: later }));
    expect(unusedExceptions()).toEqual([]);
  });
});
