/** Names of what a stack has on ECS: by them commands find it, without the state. */
export const ecsNames = (service: string, stack: string) => {
  const prefix = `${service}-${stack}`;
  return {
    /** Of the cluster, the family of task definitions and the log group. */
    prefix,
    service,
    alarm: (name: string) => `${prefix}-${name}`,
  };
};
