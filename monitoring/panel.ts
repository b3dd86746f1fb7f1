/** How a value is written. A share is from 0 to 1. */
export type Unit = "per second" | "share" | "seconds" | "count" | "days" | "bytes";

/** One question to Prometheus. */
export interface PanelQuery {
  readonly expr: string;
  /** Label whose value names each line; text where there is one line. */
  readonly legend: { readonly label: string } | { readonly text: string };
}

/** One picture. */
export interface Panel {
  /** Unique on the dashboard. */
  readonly title: string;
  /** What one sees there, a sentence. */
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly PanelQuery[];
}
