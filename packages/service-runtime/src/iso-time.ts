let lastAt = 0
let lastTime = new Date(lastAt).toISOString()

/**
 * A Unix time in milliseconds as a log line has it. Many lines are of one millisecond, and to write a date costs as much as the
 * rest of a line.
 */
export function isoTime(now: number): string {
  if (now !== lastAt) lastTime = new Date(now).toISOString()
  lastAt = now
  return lastTime
}
