/**
 * What a command of the fake host refuses to do. Caught where an operation is performed, and an
 * outcome from there on.
 */
export class Refusal extends Error {}
