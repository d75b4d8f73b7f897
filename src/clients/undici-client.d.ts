/**
 * undici declares its types for the package as a whole. The daemon loads its client alone, which
 * costs half the memory and a third of the time.
 */
declare module "undici/lib/dispatcher/client.js" {
  export { Client as default } from "undici";
}
