/**
 * What counts as flat. Nothing comes in; one number goes out, for the test and for the long run alike.
 */

/** Live memory may differ by this much between two looks: compiled code, pools, timers on their way. A leak of 100 bytes a session is ten times that. */
export const growthLimitBytes = 8_000_000;
