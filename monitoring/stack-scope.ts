/** Whose figures a rule is about. Every target of a stack carries both as labels. */
export interface StackScope {
  /** Name of the service. */
  readonly service: string;
  /** Name of the stack. */
  readonly environment: string;
}

/** What a target is: the controller of a host, the host itself, a replica of the service, or a database. */
export type TargetPart = "controller" | "host" | "service" | "database";

/** Matchers for a selector, such as `service="api",environment="production"`. */
export const matchers = (scope: StackScope, more: Readonly<Record<string, string>> = {}): string =>
  Object.entries({ service: scope.service, environment: scope.environment, ...more })
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(",");
