/**
 * `npm run picture:dashboard`: draws docs/figures/dashboard.svg.
 *
 * There is no Grafana here. The panels, their places and their queries are read from the shipped
 * dashboard, a real Prometheus that watched real agents answers them, and what comes is drawn in
 * Grafana's layout. Takes about two minutes; runs inside the lab's sandbox.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { createLab } from "../../lab/lab.ts";
import { type AnsweredPanel, answered } from "./answers.ts";
import { pictureOf } from "./picture.ts";
import { parseDashboard, shownPanels } from "./reading.ts";
import { playScene, sceneHosts } from "./scene.ts";

const dashboardFile = new URL("../../packaging/grafana/vip-agent.json", import.meta.url);
const pictureFile = fileURLToPath(new URL("../../docs/figures/dashboard.svg", import.meta.url));
const stepS = 1;

async function main(file: string): Promise<void> {
  const dashboard = parseDashboard(await readFile(dashboardFile, "utf8"));
  const lab = await createLab({ hosts: sceneHosts, consul: true });
  try {
    const { prometheus, fromS, toS } = await playScene(lab, (text) => console.error(text));
    try {
      const answers: AnsweredPanel[] = [];
      for (const panel of shownPanels(dashboard)) {
        answers.push(await answered(panel, prometheus, { fromS, toS, stepS }));
      }
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, pictureOf(dashboard, answers, { rangeS: toS - fromS, stepS }));
      console.log(`drawn: ${file}`);
    } finally {
      await prometheus.close();
    }
  } finally {
    await lab.close();
  }
}

await main(process.argv[2] ?? pictureFile);
