export { Account } from "./github/account.ts";
export { DeploymentEnvironment } from "./github/deployment-environment.ts";
export { fitOlderPlugin } from "./github/older-plugin.ts";
export { Repository } from "./github/repository.ts";
export { planGitHub } from "../github/plan-github.ts";
