/** What is said of one setting. */
export interface Described {
  readonly description: string;
  /** What it is where a stack does not set it; an empty section counts as none. @default it has to be set */
  readonly default?: unknown;
}

/** The only setting that names a program to run, as it stands in a file. */
export const commandPath = "slipway:secretCommand";

/** Every top-level setting in the order of the settings' page. Defaults of single values stand here, of parts of sections in their schemas. */
export const catalog: Readonly<Record<string, Described>> = {
  service: {
    description:
      "Name of the service; with the stack's name it prefixes everything on a host (ape-2026-local-proxy, …)",
  },
  version: {
    description:
      "Version to deliver: any name, such as 1.2.3, v1.2, 2024.11.03 or a commit; in quotes where YAML would take it for a number or a date. Changing it is a release. One that was live here means what it meant then: an update that would make another image of it is refused. Needed where there is a host",
    default: "",
  },
  host: {
    description:
      "Machine with the Docker engine: {kind: local, dockerHost?} or an existing server, {kind: ssh, address, port, user, hostKey, admin?, identityFile?, jump?}. user deploys; with admin, who is root or has sudo, Slipway prepares a bare Debian or Ubuntu server. A stack without it declares no service",
    default: {},
  },
  hosts: {
    description:
      "More servers for the same service, by name, each like slipway:host of kind ssh. They take a release one after the other, slipway:host first; a load balancer or DNS in front of them is the one address that people use",
    default: {},
  },
  aws: {
    description:
      "Machines that the stack makes on AWS: {region, zone, vpc, subnet, sshFrom: networks of those who deploy, adminKey: public SSH key of who prepares them, machines: {name: {ami, type, rootGb, dataGb}}}. Each has an address that stays and a disk for its data, both protected; slipway:host and slipway:hosts then name it as a server with its pinned key (docs/aws.md)",
    default: {},
  },
  target: {
    description:
      "Where the service runs: host is slipway:host, with slots, proxy and rollout controller; ecs is ECS on AWS with slipway:ecs, behind a load balancer of its own. Everything else means the same on both, and what ECS can't do is refused (docs/aws.md). A stack never changes it: the other one is another stack",
    default: "host",
  },
  ecs: {
    description:
      "What ECS needs and a host has not: {region, vpc, publicSubnets: of the load balancer, privateSubnets: of the tasks, certificate: ARN of one of ACM for slipway:url, scaling: {max: most tasks, where slipway:replicas are the least; cpuPercent: which it holds}}. Read with slipway:target ecs only",
    default: {},
  },
  image: {
    description:
      "Where the service's image comes from: {build: <folder with a Dockerfile>} on the host itself, or {name: <registry reference without tag>, tag?}, pulled by digest. After a promotion, keep more pulled images of earlier releases than the slots hold stay on the host",
    default: {},
  },
  registry: {
    description:
      "Login to the registry that serves private images: {server: ghcr.io, username}; its password is slipway:registryPassword",
    default: {},
  },
  registryPassword: {
    description:
      "Password or token for slipway:registry. Set with `pulumi config set --secret slipway:registryPassword`",
    default: "",
  },
  signature: {
    description:
      "Whose images may run: {publicKey: <PEM>}, or {identity, issuer, trustedRoot?} as in `cosign verify --certificate-identity`, with * for any text. An image that they did not sign is refused before anything is touched",
    default: {},
  },
  stockImages: {
    description:
      "Images of the parts beside the service: {node, python, haproxy, postgres, redis, neo4j, lego, prometheus, alertmanager, exporter, postgres-exporter, redis-exporter, tunnel, restic}; each name, name:tag or name@digest",
    default: {},
  },
  url: {
    description:
      "Address that people use, for example https://api.ape2026.com. Empty means http://<listenAddress>:<listenPort>",
    default: "",
  },
  listenAddress: {
    description:
      "Address on the host at which the proxy is reached; 0.0.0.0 is every one of IPv4, :: every one of IPv6 and IPv4",
    default: "127.0.0.1",
  },
  listenPort: { description: "Port on the host at which the proxy is reached, 1 to 65535", default: 8080 },
  tls: {
    description:
      "HTTPS at listenPort, which is 443 as a rule: {kind: none}, plain, where a load balancer or nobody ends TLS; {kind: files, certificate: <PEM chain>} with slipway:tlsKey; or {kind: acme, email, termsAgreed: true, domains: beside that of slipway:url}, a certificate that the host gets and renews by itself. Requests to httpPort are sent to HTTPS; hstsSeconds is how long browsers remember to use nothing else; authority is the PEM certificate of a private ACME server",
    default: {},
  },
  tlsKey: {
    description:
      "Private key of slipway:tls.certificate in PEM form. Set with `pulumi config set --secret slipway:tlsKey < key.pem`",
    default: "",
  },
  loadBalancer: {
    description:
      "What stands in front of the proxy and ends TLS, or passes connections on: {addresses: from which it asks, networks too; proxyProtocol: it says in the PROXY protocol who the client is, instead of in X-Forwarded-For; names: by which it asks beside that of slipway:url}. Needed where slipway:url is https and slipway:tls none. Nobody else is believed",
    default: {},
  },
  front: {
    description:
      "This stack is no service but the front of its host, by which several stacks share one listenPort, 443 as a rule: {names: {<host name>: <service>-<stack> to whom it is passed on, TLS and all}; httpPort: the same for plain requests, by their Host; connections: that one stack gets at a time} (docs/several-services.md)",
    default: {},
  },
  behind: {
    description:
      "<service>-<stack> of the front on the same host that alone leads to this stack, by the name in slipway:url: then it listens at no port of its own",
    default: "",
  },
  access: {
    description:
      "Who is let in where the service is not for everybody, such as staging: {addresses: IP addresses and networks that need no password; user: who is asked for slipway:accessPassword from anywhere else}. Without a user all others get 403. Releases, health checks and certificates go on behind it",
    default: {},
  },
  accessPassword: {
    description:
      "Password of slipway:access.user. Set with `openssl rand -hex 16 | pulumi config set --secret slipway:accessPassword`",
    default: "",
  },
  clients: {
    description:
      "What one client may take: {connections: of one address at a time, of 8,192 in all; headSeconds: for the head of a request; headKb: its size; bodySeconds: longest pause while a body is sent or an answer taken; bodyMb: largest body that says its length; requestsPerReplica: how many a replica gets at a time, 0 for any number: the rest wait in a queue, at most queueSeconds, clients that ask much behind those that ask little}",
    default: {},
  },
  accessLog: {
    description:
      "Log of all requests: {megabytes: how much of it is kept, 0 for none}. A line is JSON, without queries, cookies and other headers but User-Agent; `docker logs` of the proxy's container shows it",
    default: {},
  },
  subnet: {
    description:
      "IPv4 network of the containers on the host, a /24 (fixed addresses let the proxy work while Docker's DNS is away)",
    default: "10.213.0.0/24",
  },
  port: {
    description:
      "Port at which the service listens inside its container, 1 to 65535; it is told as PORT, and only the proxy uses it. A change is a new release, and one that goes back is found at its old port",
    default: 8000,
  },
  replicas: { description: "Containers per slot, 1 to 8", default: 1 },
  env: { description: "Environment of the service, not secret: {NAME: value}", default: {} },
  secrets: {
    description:
      "Secrets of the service: {name: value}, each a file /run/secrets/<name> that only the service's user can read. Set with `pulumi config set --secret --path slipway:secrets.<name>`",
    default: {},
  },
  secretCommand: {
    description:
      "How the tool in which you keep secrets is asked for one: its words, as [pass, show], without a shell. The reference takes the place of {}, or comes last. Runs in the folder of Pulumi.yaml, at most 30 seconds for each, and prints the secret. Stands in Pulumi.yaml, under config: for all stacks: a stack file may not name it, because a pull request's preview takes that as data (docs/secrets.md)",
    default: [],
  },
  secretReferences: {
    description:
      "Secrets of the service that slipway:secretCommand looks up at each update: {database-url: shop/production/database-url}. No values, so plain text; each reaches the service as one of slipway:secrets does. One that was changed there makes the next update a new release",
    default: {},
  },
  databases: {
    description:
      "Databases beside the service: {postgres: {name, user}, redis: {}, neo4j: {}}; leave one out to have none. One that is taken out is backed up before traffic moves, its data stay on the host, and nobody goes back to a release that needs it until it is named again",
    default: {},
  },
  deleteData: {
    description:
      "Databases whose data are deleted when they leave slipway:databases, or with the stack: [redis]. Name them here and run pulumi up while they are still declared. A last backup comes first, and without it nothing goes. The data of all others stay on the host and are taken up again once the database is declared again",
    default: [],
  },
  backups: {
    description:
      "Backups before each release: {directory, keep, every, copyTo}; the folder is on the host, ~/ means the home of the user who deploys; keep counts per database. every is the time between two further ones by the host's own clock, such as 6h, of which it keeps as many again: a timer of systemd's, so it needs servers with admin. copyTo {repository: s3:https://<host>/<bucket>/<folder>, keep} is where each backup is copied, encrypted with slipway:backupSecrets before it leaves the host: a store that speaks S3, in which each stack has a folder of its own. Keep the password elsewhere too: without it nobody reads a copy",
    default: {},
  },
  backupSecrets: {
    description:
      "What slipway:backups.copyTo needs: {password: encrypts the copies, access-key and secret-key: of the store}. Set with `openssl rand -hex 32 | pulumi config set --secret --path slipway:backupSecrets.password`, and so on",
    default: {},
  },
  health: {
    description:
      "How health is asked: {path, host, headers, statuses, body, intervalMs, timeoutMs, gateSeconds}. host and headers are sent along, statuses are the good answers, body is what they say: text or a part of the JSON; gateSeconds is the longest wait for a new release",
    default: {},
  },
  strategy: {
    description:
      "How a release gets the traffic: blue-green, the whole slot by rising shares, or rolling, one replica after the other as each gets healthy",
    default: "blue-green",
  },
  profile: {
    description:
      "Shape of a rollout: {kind: instant, canary or linear, or steps: percents ending in 100; previewSeconds: for testers only, before the first step; pauseSeconds: per step; watchSeconds: after 100 %}. Rolling takes a step per replica, so neither kind nor steps",
    default: {},
  },
  verdict: {
    description:
      "When a rollout goes back: {maxErrorRatePercent, maxResponseMs, minRequests: below it the controller's probes count along, sharedSeconds: how long errors that both slots have are waited out}",
    default: {},
  },
  limits: {
    description:
      "How much of its host each of the service's containers gets: {memoryMb: one that takes more is killed; cpus: at most, such as 1.5; readOnly: it can change files below /tmp only, which are lost when it ends; writable: further folders like /tmp}. A change is a new release",
    default: {},
  },
  container: {
    description:
      "How the image is started and ended: {command: words in place of its CMD, behind its ENTRYPOINT; user: who it is, a number, with its group if that is another; stopSeconds: from SIGTERM, or the image's STOPSIGNAL, until it is killed; secretVariables: those of its secrets, such as DATABASE_URL, that it gets as variables too}. A change is a new release",
    default: {},
  },
  volumes: {
    description:
      "Folders of the service that outlive its releases, by name: {uploads: {folder: /app/uploads, backup: whether its files are saved before each release, eachHost: true where several hosts may each have files of their own}}. All replicas of both slots share it. The volumes stay on the host whatever becomes of the stack. A change of folders is a new release",
    default: {},
  },
  roles: {
    description:
      "Containers of the same image beside those that serve, without a port, by role: {worker: {command: words in place of the image's CMD; replicas; memoryMb and cpus: other limits than slipway:limits; healthcheck: words whose exit code 0 says that it is well; hosts: all, as without it, or first, the stack's first host alone; schedule: when it runs, if it does not run all the time, as cron says it and in UTC, such as 15 3 * * *, once and so on the first host alone unless hosts is all; timeoutSeconds: longest that such a run may take, 3600 without it}}. They run in the slot that is live only, and are judged before a release gets traffic. A change is a new release",
    default: {},
  },
  release: {
    description:
      "What each release does once before any of its containers starts: {command: words in place of the image's CMD, such as a migration; timeoutSeconds}. It has the new image and all that the containers have; if it fails, nothing is started",
    default: {},
  },
  sticky: {
    description: "Users who keep cookies stay, while a rollout runs, in the slot that it gave them",
    default: true,
  },
  preview: {
    description:
      "Header or cookie by which a tester reaches a slot before anyone else: {header, cookie}. Its value is blue or green, a dot, and slipway:previewSecret",
    default: {},
  },
  previewSecret: {
    description:
      "What testers send after the slot's name. Set with `openssl rand -hex 16 | pulumi config set --secret slipway:previewSecret`",
    default: "",
  },
  drainSeconds: {
    description:
      "Longest time that requests and streams may go on after their release has made room for another one, in seconds",
    default: 300,
  },
  notices: {
    description:
      "Whom to tell of rollouts: {webhook: {}, slack: {}, pagerduty: {url: another one for accounts in the EU}, email: {host, port, from, to, tls, login}, stuckAfterSeconds}; each channel may list its events: started, promoted, rolled-back, stuck, by-hand",
    default: {},
  },
  noticeSecrets: {
    description:
      "Secrets of the notices: webhook-url, slack-url, pagerduty-routing-key, smtp-user, smtp-password; of slipway:monitoring.watchdog: watchdog-url. Set with `pulumi config set --secret --path slipway:noticeSecrets.<name>`",
    default: {},
  },
  monitoring: {
    description:
      "Who watches this stack. {kind: host, targets, retentionDays, diskMegabytes, service, grafana, watchdog} runs Prometheus, Alertmanager and a node exporter on its first host and tells whom the notices tell; service {port, path} is where the service's own metrics are, at another port than people's; grafana: true adds Grafana with the stack's dashboard, whose admin has slipway:grafanaPassword; watchdog: true says every minute or so at noticeSecrets.watchdog-url, an address elsewhere that misses it, that alerts arrive; docs/monitoring.md says how they are reached. {kind: existing, targets}: a Prometheus that you have already gets its files as the output monitoring. targets says by host (host is the first one) where the controller's metrics and a node exporter are reached: {controller, machine}. Without it the controller's address in the stack's own network, which only the host itself reaches",
    default: {},
  },
  grafanaPassword: {
    description:
      "Password of Grafana's user admin, where slipway:monitoring has grafana: true. Set with `openssl rand -hex 16 | pulumi config set --secret slipway:grafanaPassword`",
    default: "",
  },
  checklist: {
    description:
      "What `slipway checklist` can't find out by itself: {prometheus: where yours answers, seen from where the command runs, unless it is the stack's own; dashboard: address of the one that people look at beside that of `slipway dashboard`; signOffs: who answers for training and documentation, each {item, by, reason, until}, at most 90 days ahead}",
    default: {},
  },
  policy: {
    description:
      "What the policy pack lets pass: {exceptions: [{rule: as the engine names it, resource: one by its name, by, reason, until: at most 90 days ahead}]}",
    default: {},
  },
  freeze: {
    description: "Days without releases: {weekdays: [friday], timeZone: Europe/Berlin}; rollbacks are always allowed",
    default: {},
  },
  critical: {
    description:
      "Why one version can't wait for the freeze to end, recorded with its release: '<version>: <reason>'. It counts for no other version",
    default: "",
  },
  faults: {
    description:
      "Faults of the sample service for drills, a comma list: error-rate=0.3, latency-ms=6000, slow-start-s=20, unhealthy, crash-after-s=30, ignore-sigterm",
    default: "",
  },
  github: {
    description:
      "Which repository on GitHub: {owner, repository: left out where slipway:repositories lists all, baseUrl: of an Enterprise Server, plan: where GitHub does not tell it, advancedSecurity: paid for on private repositories, planLimits: stop, or fall-back to declare what the plan allows, writeDelayMs: pause between writes, approvedWeakenings: who answers for a weaker rule (docs/weakening.md), ignoredDrift: {object, repository, reason} of what may be there undeclared}. The token is in the environment variable GITHUB_TOKEN, or app: {id, installation} logs in as a GitHub App with slipway:githubAppKey",
    default: {},
  },
  githubAppKey: {
    description:
      "Private key of slipway:github.app in PEM form. Set with `pulumi config set --secret slipway:githubAppKey < key.pem`",
    default: "",
  },
  repository: {
    description:
      "Rules of the repository; one stack of the project declares it, the governance stack as a rule. Needed: {visibility, codeOwners}. The rest is as strict as GitHub allows: {branchModel: gitflow or trunk, branches: {main, develop}, teams, collaborators, rules: rulesets or classic, tagCreators, mergeKinds, allowedActions, labels, …}. Required checks are the jobs of ci.yml and no setting",
    default: {},
  },
  environment: {
    description:
      "One environment on GitHub and what it takes to enter it: {name, reviewers: {users, teams}, waitMinutes, branches, tags, variables, …}. All but staging need a reviewer and are entered by release tags only. For a stack that declares its hosts and its own environment alike; a governance stack has environments",
    default: {},
  },
  environments: {
    description:
      "The environments of a governance stack by name: {staging: {}, production-approval: {reviewers}, production: {}}, each like environment. kind is approval (a person's yes, without secrets), deploy or read (looks only; preview and observe); a deploy whose name has an approval beside it needs no reviewer of its own. The values of their secrets are in no stack: `slipway secrets set`",
    default: {},
  },
  repositoryDefaults: {
    description:
      "What all of slipway:repositories have in common: the settings of slipway:repository, and environments like slipway:environments",
    default: {},
  },
  repositories: {
    description:
      "Several repositories by name, each with its differences from slipway:repositoryDefaults: {payments: {}, website: {visibility: public, environments: {staging: ~}}}. Lists replace the default's, ~ takes a part of it away. Beside the stack's own slipway:repository, or without one",
    default: {},
  },
  webhookSecrets: {
    description:
      "What GitHub signs the deliveries of slipway:repository.webhooks with, by the webhook's name. Set with `pulumi config set --secret --path slipway:webhookSecrets.<name>`",
    default: {},
  },
  repositorySecrets: {
    description:
      "Secrets of the repository's workflows: {NAME: value}, sealed with GitHub's key; only such that a workflow reads. Set with `pulumi config set --secret --path slipway:repositorySecrets.<NAME>`, or give no value here and use `slipway secrets set`",
    default: {},
  },
  dependabotSecrets: {
    description: "The same for pull requests of Dependabot, which see no other secret",
    default: {},
  },
  environmentSecrets: { description: "The same for jobs in the environment", default: {} },
};
