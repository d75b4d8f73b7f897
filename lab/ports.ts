/**
 * The port at which the lab's stand-in for PostgreSQL listens, known to its server and its clients.
 *
 * It stands alone so that the small programs which run inside the hosts need not load the harness.
 */
export const POSTGRESQL_PORT = 5432;
