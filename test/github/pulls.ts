export interface Pull {
  number: number;
  state: "open" | "closed";
  base: string;
}

export function onPush(_repository: unknown, _change: unknown): void {
  return;
}
