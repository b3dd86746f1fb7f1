/** Whether only the machine itself reaches what listens at an IP address. */
export const isLoopback = (address: string): boolean => /^(127\.|::1$)/.test(address);
