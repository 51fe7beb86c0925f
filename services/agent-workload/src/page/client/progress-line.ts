import { element } from './elements.ts'
import { progressText } from './words.ts'

export function createProgressLine() {
  const line = element('p', { className: 'progress', ariaLive: 'off', textContent: progressText('open', 0) })
  let connection: 'open' | 'lost' = 'open'
  let lastNews = Date.now()
  let timer: ReturnType<typeof setInterval> | undefined

  function draw(): void {
    line.textContent = progressText(connection, (Date.now() - lastNews) / 1_000)
  }

  return {
    element: line,
    news() {
      lastNews = Date.now()
      draw()
    },
    connection(state: 'open' | 'lost') {
      connection = state
      draw()
    },
    /** While the turn waits for its user the answer is not late: the line is hidden, unless the connection is lost. */
    show(phase: 'running' | 'waiting' | 'ended') {
      line.hidden = phase === 'ended' || (phase === 'waiting' && connection === 'open')
      if (phase === 'running') timer ??= setInterval(draw, 1_000)
      else {
        clearInterval(timer)
        timer = undefined
      }
    },
  }
}
