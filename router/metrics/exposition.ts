/** Labels of a sample; both names and values may be empty of meaning but not of text. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

/** What was counted of one set of labels, for a histogram. */
export interface Distribution {
  readonly labels?: Labels;
  /** How many fell into each bucket, not added up; the last one is above all bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

interface Described {
  /** With its unit: `…_seconds`, `…_bytes`; a counter ends in `_total`. */
  readonly name: string;
  readonly help: string;
}

/** All samples of one name. */
export type Family = Described &
  (
    | { readonly type: "counter" | "gauge"; readonly samples: readonly Sample[] }
    | {
        readonly type: "histogram";
        /** Upper bounds, rising, without the infinite one. Not whole: Prometheus 3 writes `le="1"` as `le="1.0"`. */
        readonly bounds: readonly number[];
        readonly samples: readonly Distribution[];
      }
  );

/** Without it Prometheus 3 refuses to read. */
export const contentType = "text/plain; version=0.0.4; charset=utf-8";

/** The text format of Prometheus, version 0.0.4. A family without samples is left out. */
export const exposition = (families: readonly Family[]): string =>
  families
    .filter(({ samples }) => samples.length > 0)
    .map((family) => {
      const { name, help, type } = family;
      const lines =
        family.type === "histogram" ? distributionLines(family) : family.samples.map((each) => line(name, each));
      return `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}\n${lines.join("")}`;
    })
    .join("");

function distributionLines({ name, bounds, samples }: Extract<Family, { type: "histogram" }>): string[] {
  return samples.flatMap(({ labels = {}, counts, sum }) => {
    let total = 0;
    const buckets = [...bounds.map(String), "+Inf"].map((le, index) => {
      total += counts[index] ?? 0;
      return line(`${name}_bucket`, { labels: { ...labels, le }, value: total });
    });
    return [...buckets, line(`${name}_sum`, { labels, value: sum }), line(`${name}_count`, { labels, value: total })];
  });
}

function line(name: string, { labels = {}, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}\n`;
}

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
