import { readFileSync } from "node:fs";
import type { DashboardData } from "./dashboard-data.ts";

const template = (): string => readFileSync(new URL("dashboard-page.html", import.meta.url), "utf8");
const ofUPlot = (file: string): string => readFileSync(new URL(import.meta.resolve(`uplot/dist/${file}`)), "utf8");

/** One file that needs nothing else, neither a server nor the network: its figures and what draws them are in it. */
export const dashboardPage = (data: DashboardData): string =>
  Object.entries({
    TITLE: data.title.replaceAll("&", "&amp;").replaceAll("<", "&lt;"),
    STYLE: ofUPlot("uPlot.min.css"),
    UPLOT: ofUPlot("uPlot.iife.min.js"),
    // Nothing in it can end the element that it stands in.
    DATA: JSON.stringify(data).replaceAll("<", String.raw`\u003c`),
  }).reduce((page, [mark, text]) => page.replace(`/*${mark}*/`, () => text), template());
