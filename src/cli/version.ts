/**
 * The version that --version prints and that the metrics carry, from the one place where it is
 * kept.
 */
import manifest from "../../package.json" with { type: "json" };

export const version: string = manifest.version;
