import { expect, test } from "vitest";
import { dueTimes } from "../../../lib/releases/schedule.ts";

const every = (from: number, to: number) => `,${Array.from({ length: to - from + 1 }, (_, i) => i + from).join(",")},`;
const anyTime = { minutes: every(0, 59), hours: every(0, 23), days: every(1, 31), months: every(1, 12) };
const { minutes, hours, days, months } = anyTime;
const anyDay = every(0, 6);

test.each([
  ["* * * * *", `${minutes} ${hours} ${days} ${months} ${anyDay} both`],
  ["15 3 * * *", `,15, ,3, ${days} ${months} ${anyDay} both`],
  ["*/15 8-10 * * 1-5", `,0,15,30,45, ,8,9,10, ${days} ${months} ,1,2,3,4,5, both`],
  ["5/20 0 1,15 JAN-mar *", `,5,25,45, ,0, ,1,15, ,1,2,3, ${anyDay} both`],
  ["0 0 13 * fri", `,0, ,0, ,13, ${months} ,5, either`],
  ["0 0 */2 * 7", `,0, ,0, ,1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31, ${months} ,0, both`],
  ["0 0 * * 5-7", `,0, ,0, ${days} ${months} ,0,5,6, both`],
  ["0 0 29 2 *", `,0, ,0, ,29, ,2, ${anyDay} both`],
  ["0 0 31 2 mon", `,0, ,0, ,31, ,2, ,1, either`],
])("%s is due at these times", (expression, due) => {
  expect(dueTimes(expression)).toBe(due);
});

test.each([
  ...["", "* * * *", "* * * * * *", "@daily", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8"],
  ...[
    "5-1 * * * *",
    "*/0 * * * *",
    "1-2-3 * * * *",
    "a * * * *",
    "1,, * * * *",
    "-1 * * * *",
    "0 0 31 2,4 *",
    "jan * * * *",
  ],
  ...["*/2/3 * * * *", "1; * * * *", "0 0 30 feb *"],
])("%j is no schedule", (expression) => {
  expect(dueTimes(expression)).toBeUndefined();
});
