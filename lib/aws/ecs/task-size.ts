import type { ReleasesSettings } from "../../releases/schema.ts";

/** What a task of Fargate gets: units of a processor (1,024 are one) and megabytes. */
export interface TaskSize {
  readonly cpu: number;
  readonly memory: number;
}

/**
 * Units of a processor with the megabytes that go with them: from, to, and from one to the next.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
 */
const sizes: readonly (readonly [cpu: number, from: number, to: number, step: number])[] = [
  [512, 1_024, 4_096, 1_024],
  [1_024, 2_048, 8_192, 1_024],
  [2_048, 4_096, 16_384, 1_024],
  [4_096, 8_192, 30_720, 1_024],
  [8_192, 16_384, 61_440, 4_096],
  [16_384, 32_768, 122_880, 8_192],
];
const smallest = { cpu: 256, memory: [512, 1_024, 2_048] };

/** The size that has these limits; the least processor with that memory where none is named; undefined if Fargate has none. Pure. */
export function taskSize({
  memoryMb,
  cpus,
}: Pick<ReleasesSettings["limits"], "memoryMb" | "cpus">): TaskSize | undefined {
  const fits = [
    ...(smallest.memory.includes(memoryMb) ? [smallest.cpu] : []),
    ...sizes.flatMap(([cpu, from, to, step]) =>
      memoryMb >= from && memoryMb <= to && (memoryMb - from) % step === 0 ? [cpu] : [],
    ),
  ];
  const cpu = cpus === undefined ? fits[0] : fits.find((each) => each === cpus * 1_024);
  return cpu === undefined ? undefined : { cpu, memory: memoryMb };
}
