/** Unix time in milliseconds. Time enters every story as an argument, so that tests can choose it. */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()
