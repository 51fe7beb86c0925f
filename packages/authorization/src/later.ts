/** What a look at something that is due leads to: nothing more, or another look at that time (Unix, ms). */
export type Later = 'settled' | { later: number }

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 15 * 60_000

/** The pause grows with the time that something has taken already: AgentCore and vendors are not asked every second for a day. */
export const later = (since: number, now: number): { later: number } => ({
  later: now + Math.min(Math.max((now - since) / 4, FIRST_PAUSE_MS), LONGEST_PAUSE_MS),
})
