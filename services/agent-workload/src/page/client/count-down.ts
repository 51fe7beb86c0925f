import { announce } from './announcer.ts'
import { serverNow } from './server-clock.ts'
import { timeLeftAnnouncement, timeLeftText } from './time-left.ts'

interface CountDown {
  expiresAt: string
  toWhat: string
  /** `spoken`: `toWhat` is only in what a screen reader announces. */
  says?: 'spoken' | 'shown'
}

/** @returns a function that stops the countdown. */
export function countDown(
  { expiresAt, toWhat, says = 'spoken' }: CountDown,
  time: HTMLElement,
  onTimeUp: () => void,
): () => void {
  const secondsLeft = () => (Date.parse(expiresAt) - serverNow()) / 1_000
  let before = secondsLeft()
  const timer = setInterval(tick, 1_000)

  function tick(): void {
    const now = secondsLeft()
    time.textContent = timeLeftText(now, says === 'shown' ? toWhat : undefined)
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
