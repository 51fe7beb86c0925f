import { announce } from './announcer.ts'
import { serverNow } from './server-clock.ts'
import { timeLeftAnnouncement, timeLeftText } from './time-left.ts'

/** @returns a function that stops the countdown. */
export function countDown(
  { expiresAt, toWhat }: { expiresAt: string; toWhat: string },
  time: HTMLElement,
  onTimeUp: () => void,
): () => void {
  const secondsLeft = () => (Date.parse(expiresAt) - serverNow()) / 1_000
  let before = secondsLeft()
  const timer = setInterval(tick, 1_000)

  function tick(): void {
    const now = secondsLeft()
    time.textContent = timeLeftText(now)
    const announcement = timeLeftAnnouncement(before, now, toWhat)
    if (announcement !== undefined) announce(announcement)
    before = now
    if (now > 0) return
    clearInterval(timer)
    onTimeUp()
  }

  tick()
  return () => clearInterval(timer)
}
