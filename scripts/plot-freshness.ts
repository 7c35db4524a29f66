/** Draws docs/pictures/freshness.svg: how fresh two policies keep 2,000 pages, day by day, at as many requests. */

import { writeFileSync } from 'node:fs';
import { simulateFreshness } from '../testing/freshness-simulation.ts';

const WIDTH = 720;
const HEIGHT = 300;
const [LEFT, RIGHT, TOP, BOTTOM] = [50, 150, 20, 40];

const days = 120;
const report = simulateFreshness({ seed: 1, pages: 2_000, days, budget_per_d: 1_000 });
const x = (day: number): number => LEFT + (day / (days - 1)) * (WIDTH - LEFT - RIGHT);
const y = (share: number): number => TOP + (1 - share) * (HEIGHT - TOP - BOTTOM);
const line = (kind: 'adaptive' | 'fixed'): string =>
  report.daily.map((day, n) => `${x(n).toFixed(1)},${y(day[kind]).toFixed(1)}`).join(' ');
const last = report.daily.at(-1) ?? { adaptive: 0, fixed: 0 };
const label = (share: number, text: string, color: string): string =>
  `<text x="${WIDTH - RIGHT + 8}" y="${y(share) + 4}" fill="${color}">${text}</text>`;
const grid = [0, 0.25, 0.5, 0.75, 1].map(
  (share) =>
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(share)}" y2="${y(share)}" stroke="#ddd"/>` +
    `<text x="${LEFT - 8}" y="${y(share) + 4}" text-anchor="end">${share * 100} %</text>`,
);
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${grid.join('\n')}
<polyline points="${line('fixed')}" fill="none" stroke="#b55" stroke-width="2"/>
<polyline points="${line('adaptive')}" fill="none" stroke="#27a" stroke-width="2"/>
${label(last.adaptive, `by claim, ${(report.adaptive * 100).toFixed(1)} %`, '#27a')}
${label(last.fixed, `in turn, ${(report.fixed * 100).toFixed(1)} %`, '#b55')}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">days; share of pages that are as they were fetched</text>
</svg>
`;
writeFileSync(new URL('../docs/pictures/freshness.svg', import.meta.url), svg);
console.log(JSON.stringify({ adaptive: report.adaptive, fixed: report.fixed, requests: report.requests }));
