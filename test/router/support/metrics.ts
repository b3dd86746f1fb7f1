/** One line of the text format. */
export interface Sampled {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A reader of the text format of Prometheus that knows nothing of who wrote it. @throws if it is not that */
export function parseExposition(text: string): Sampled[] {
  const types = new Map<string, string>();
  return text.split("\n").flatMap((line) => {
    if (line === "" || line.startsWith("# HELP ")) return [];
    const [, typed, type = ""] = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (typed !== undefined) {
      if (types.has(typed)) throw new Error(`${typed}: twice`);
      types.set(typed, type);
      return [];
    }
    const [, name = "", , inner = "", value = ""] = /^(\w+)(\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const family = name.replace(/_(bucket|sum|count)$/, "");
    if (!types.has(name) && types.get(family) !== "histogram") throw new Error(`no type before: ${line}`);
    const labels = [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"(?:,|$)/g)].map(
      ([, label = "", text = ""]) =>
        [label, text.replaceAll(/\\(.)/g, (_, char) => (char === "n" ? "\n" : String(char)))] as const,
    );
    return [{ name, labels: Object.fromEntries(labels), value: Number(value) }];
  });
}

/** What a controller serves at `/metrics`. */
export class Metrics {
  readonly url: string;

  constructor({ address, port }: { readonly address: string; readonly port: number }) {
    this.url = `http://${address}:${String(port)}/metrics`;
  }

  async text(): Promise<string> {
    return (await fetch(this.url)).text();
  }

  async samples(): Promise<Sampled[]> {
    return parseExposition(await this.text());
  }

  async sum(name: string): Promise<number> {
    return Object.values(await this.by(name, "slot")).reduce((sum, value) => sum + value, 0);
  }

  /** Values of one name by one label. */
  async by(name: string, label: string): Promise<Record<string, number>> {
    const samples = (await this.samples()).filter((sample) => sample.name === name);
    return Object.fromEntries(samples.map(({ labels, value }) => [labels[label] ?? "", value]));
  }
}
