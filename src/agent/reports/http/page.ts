/**
 * The status page: one document that brings everything along, so that it works where nothing but
 * the agent can be reached.
 *
 * Its policy lets the browser run this script and use this style, by their sums, and ask the agent;
 * nothing else, whatever a status might smuggle in.
 */
import { createHash } from "node:crypto";
import { pageScript } from "./page-script.ts";
import { pageStyle } from "./page-style.ts";

/** The value of the header Content-Security-Policy for this page. */
export const pagePolicy = [
  "default-src 'none'",
  `script-src ${sumOf(pageScript)}`,
  `style-src ${sumOf(pageStyle)}`,
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function statusPage(): string {
  return page;
}

function sumOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** One VIP; the script fills in what bears a name. */
const card = `<template id="vip"><article class="vip">
<h2 data-is="vip"></h2>
<div aria-live="polite">
<p class="state" data-is="state"></p>
<p><strong data-is="who"></strong></p>
<p data-is="explanation"></p>
<ul class="attention" data-is="attention" aria-label="Wants attention"></ul>
</div>
<dl>
<dt>Since</dt><dd data-is="since"></dd>
<dt>Next</dt><dd data-is="next"></dd>
<dt>Lease</dt><dd>
<div class="bar" data-is="bar" role="meter" aria-label="Lease, seconds left" aria-valuemin="0">
<div class="fill"></div></div>
<span data-is="lease"></span></dd>
<dt>Key</dt><dd><span data-is="key"></span> <strong data-is="trouble" hidden></strong></dd>
<dt>Patroni</dt><dd data-is="patroni"></dd>
<dt>Cluster</dt><dd data-is="cluster"></dd>
<dt>VIP</dt><dd data-is="place"></dd>
<dt>Announced</dt><dd data-is="announced"></dd>
<dt>Process</dt><dd data-is="postmaster"></dd>
</dl>
<h3>Last changes</h3>
<ol class="timeline" data-is="transitions"></ol>
</article></template>`;

const change = `<template id="change"><li>
<time data-is="at"></time> <strong data-is="verdict"></strong>: <span data-is="reason"></span>
<span class="quiet" data-is="for"></span>
<div class="quiet"><span data-is="words"></span>; <span data-is="leader"></span></div>
</li></template>`;

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>vip-agent</title>
<link rel="icon" href="data:,">
<style>${pageStyle}</style>
</head>
<body data-contact="waiting">
<header>
<h1>vip-agent <span data-is="host"></span></h1>
<p class="contact"><span data-is="contact" role="status">asking the agent …</span>
<span data-is="silence"></span></p>
</header>
<noscript>This page needs JavaScript; <a href="status">the same as JSON</a> does not.</noscript>
<main id="vips"></main>
<footer>
<p data-is="process"></p>
<p data-is="configuration"></p>
<p><a href="status">the same as JSON</a></p>
</footer>
${card}
${change}
<script>${pageScript}</script>
</body>
</html>
`;
