/**
 * The keys of the one Patroni cluster that is simulated: namespace `/db/`, scope `test`.
 */
export const scope = "test";
export const leaderKey = `db/${scope}/leader`;
export const configKey = `db/${scope}/config`;
