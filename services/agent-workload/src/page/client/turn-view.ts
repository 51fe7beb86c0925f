import type { TurnEvent } from '@agent-identity/contracts'
import type { SignedInAs } from './authorization-card.ts'
import { element } from './elements.ts'
import { readTurnEvents } from './event-stream.ts'
import { createPartView, type PartView } from './part-view.ts'
import { createProgressLine } from './progress-line.ts'
import { INITIAL_TURN, loseTurn, reduceTurn, type ShownEvent, type TurnState, withoutDeadRun } from './turn-state.ts'

export interface TurnToShow {
  turnId: string
  message: string
  eventsUrl: string
}

export function showTurn(turn: TurnToShow, signedInAs: SignedInAs, onChange: (state: TurnState) => void) {
  const progress = createProgressLine()
  const answer = element(
    'div',
    { className: 'answer' },
    element('h2', { className: 'visually-hidden' }, 'Agent'),
    progress.element,
  )
  const view = element(
    'article',
    { className: 'turn' },
    element(
      'div',
      { className: 'question' },
      element('h2', { className: 'visually-hidden' }, 'You'),
      element('p', {}, turn.message),
    ),
    answer,
  )
  const shown: { view: PartView; part: TurnState['parts'][number] }[] = []
  let state = INITIAL_TURN
  let events: ShownEvent[] = []

  function startOver(after: string): void {
    events = withoutDeadRun(events, after)
    for (const { view: partView } of shown.splice(0)) partView.element.remove()
    show(events.reduce((sum, { event }) => reduceTurn(sum, event), INITIAL_TURN))
  }

  function show(next: TurnState): void {
    state = next
    for (const [index, part] of state.parts.entries()) {
      const known = shown[index]
      if (known?.part === part) continue
      const partView = known?.view ?? createPartView(part, signedInAs)
      if (known === undefined) progress.element.before(partView.element)
      partView.show(part)
      shown[index] = { view: partView, part }
    }
    const streaming = state.phase === 'running' ? shown.at(-1) : undefined
    for (const entry of shown) if (entry !== streaming) entry.view.finish()
    progress.show(state.phase)
    onChange(state)
  }

  const stream = readTurnEvents(turn.eventsUrl, {
    event(event: TurnEvent, id: string) {
      progress.news()
      events.push({ id, event })
      if (event.event === 'restarted') startOver(event.data.after)
      else show(reduceTurn(state, event))
    },
    connection(connection) {
      progress.connection(connection)
      progress.show(state.phase)
    },
    lost(reason) {
      show(loseTurn(state, reason))
    },
  })
  show(state)

  return { element: view, wake: stream.wake }
}
