/**
 * prom-client declares its types for the package as a whole. What the agent needs of it is loaded
 * alone: the rest (a push gateway, clusters, default metrics) brings a part of Node along that
 * nobody here uses.
 */
declare module "prom-client/lib/counter.js" {
  export { Counter as default } from "prom-client";
}
declare module "prom-client/lib/gauge.js" {
  export { Gauge as default } from "prom-client";
}
declare module "prom-client/lib/histogram.js" {
  export { Histogram as default } from "prom-client";
}
declare module "prom-client/lib/registry.js" {
  export { Registry as default } from "prom-client";
}
