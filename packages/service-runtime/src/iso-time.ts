let lastAt = 0
let lastTime = new Date(lastAt).toISOString()

/**
 * A Unix time in milliseconds as ISO 8601, for log lines. Cached, because many lines have the same millisecond and formatting a
 * date costs as much as the rest of a line.
 */
export function isoTime(now: number): string {
  if (now !== lastAt) lastTime = new Date(now).toISOString()
  lastAt = now
  return lastTime
}
