const SPOKEN_AT_SECONDS = [300, 60] as const

/** @param toWhat such as "confirm" */
export function timeLeftText(secondsLeft: number, toWhat?: string): string {
  if (secondsLeft <= 0) return 'The time is up.'
  const seconds = Math.ceil(secondsLeft)
  const left = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} left`
  return toWhat === undefined ? left : `${left} to ${toWhat}`
}

/** For screen readers: announcing every second would interrupt the reading of the answer. */
export function timeLeftAnnouncement(before: number, now: number, toWhat: string): string | undefined {
  if (before > 0 && now <= 0) return `The time to ${toWhat} is up.`
  // A tab that slept announces only the last threshold that it passed.
  const passed = SPOKEN_AT_SECONDS.findLast((threshold) => before > threshold && now <= threshold)
  if (passed === undefined) return undefined
  return `${passed === 60 ? 'One minute' : `${passed / 60} minutes`} left to ${toWhat}.`
}
