const SPOKEN_AT_SECONDS = [300, 60] as const

/** What the eye reads: minutes and seconds. */
export function timeLeftText(secondsLeft: number): string {
  if (secondsLeft <= 0) return 'The time is up.'
  const seconds = Math.ceil(secondsLeft)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} left`
}

/**
 * What a screen reader is told of the time to do something, and only when a threshold has been passed since the last look: a clock that speaks every
 * second drowns the answer it stands beside.
 */
export function timeLeftAnnouncement(before: number, now: number, toWhat: string): string | undefined {
  if (before > 0 && now <= 0) return `The time to ${toWhat} is up.`
  // The lowest threshold that was passed: a tab that slept says the latest only.
  const passed = SPOKEN_AT_SECONDS.findLast((threshold) => before > threshold && now <= threshold)
  if (passed === undefined) return undefined
  return `${passed === 60 ? 'One minute' : `${passed / 60} minutes`} left to ${toWhat}.`
}
