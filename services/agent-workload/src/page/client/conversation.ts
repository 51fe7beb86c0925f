import { type Answer, callApi, type RequestProblem } from './api.ts'
import type { SignedInAs } from './authorization-card.ts'
import { createEarlierButton } from './earlier-button.ts'
import { find } from './elements.ts'
import { placeOfTurn } from './place-of-turn.ts'
import { conversationPage, conversationPath } from './routes.ts'
import type { TurnState } from './turn-state.ts'
import { showTurn, type TurnToShow } from './turn-view.ts'

const NEAR_BOTTOM_PX = 80

interface ConversationPage {
  turns: TurnToShow[]
  earlierUrl?: string
}

export interface ConversationListener {
  onTurn(): void
  /** Called for the latest turn only. */
  onChange(state: TurnState, before: TurnState | undefined): void
}

export function createConversation(signedInAs: SignedInAs, listener: ConversationListener) {
  const log = find('#log', HTMLElement)
  const turns = new Map<string, { wake(): void }>()
  const shown: string[] = []
  let id = ''
  /** Between the first turn on the page and this one, none is missing. */
  let caughtUpTo: string | undefined
  const earlier = createEarlierButton(showEarlier)
  log.before(earlier.element)
  const followEnd = keepAtBottom(find('#chat', HTMLElement))

  function add(turn: TurnToShow, role: 'earlier' | 'latest', place = shown.length): Promise<void> {
    const ended = Promise.withResolvers<void>()
    let known: TurnState | undefined
    listener.onTurn()
    const view = showTurn(turn, signedInAs, (state) => {
      if (role === 'latest') listener.onChange(state, known)
      known = state
      if (state.phase === 'ended') ended.resolve()
    })
    turns.set(turn.turnId, view)
    log.insertBefore(view.element, log.children[place] ?? null)
    shown.splice(place, 0, turn.turnId)
    return ended.promise
  }

  /** Shows the latest page of turns and, in a tab that has turns already, the pages before it, back to the one with `caughtUpTo`. */
  async function catchUp(): Promise<RequestProblem | undefined> {
    const known: TurnToShow[] = []
    const isNew = turns.size === 0
    for (let path: string | undefined = conversationPath(id); path !== undefined; ) {
      const answer: Answer<ConversationPage> = await callApi('GET', path)
      if (!answer.ok) return answer.problem
      const page: ConversationPage = answer.body
      known.unshift(...page.turns)
      if (isNew) earlier.offer(page.earlierUrl)
      // Another turn that is shown is not enough: it may have been asked here, after turns of another tab that are not shown yet.
      path = isNew || page.turns.some(({ turnId }) => turnId === caughtUpTo) ? undefined : page.earlierUrl
    }
    const unknown = known.filter(({ turnId }) => !turns.has(turnId))
    const latest = unknown.pop()
    const order = known.map(({ turnId }) => turnId)
    const placeOf = ({ turnId }: TurnToShow) => placeOfTurn(turnId, shown, order)
    // One stream at a time, because of the user session's limit. Another catch-up may have shown a turn meanwhile.
    for (const turn of unknown) if (!turns.has(turn.turnId)) await add(turn, 'earlier', placeOf(turn))
    if (latest !== undefined && !turns.has(latest.turnId)) {
      const place = placeOf(latest)
      // The user may have asked here meanwhile.
      void add(latest, place === shown.length ? 'latest' : 'earlier', place)
    }
    caughtUpTo = order.at(-1) ?? caughtUpTo
    return undefined
  }

  async function showEarlier(path: string): Promise<RequestProblem | undefined> {
    const answer = await callApi<ConversationPage>('GET', path)
    if (!answer.ok) return answer.problem
    let place = 0
    log.ariaLive = 'off'
    for (const turn of answer.body.turns) if (!turns.has(turn.turnId)) await add(turn, 'earlier', place++)
    log.ariaLive = 'polite'
    earlier.offer(answer.body.earlierUrl)
    return undefined
  }

  return {
    get id() {
      return id
    },
    get isEmpty() {
      return turns.size === 0
    },
    begin(conversationId: string, turn: TurnToShow) {
      id = conversationId
      // A reload, and a new sign-in, return to this conversation.
      history.replaceState(null, '', conversationPage(conversationId))
      followEnd()
      caughtUpTo ??= turn.turnId
      // A catch-up may have shown it already.
      if (!turns.has(turn.turnId)) void add(turn, 'latest')
    },
    catchUp,
    async restore(conversationId: string): Promise<RequestProblem | undefined> {
      id = conversationId
      // Screen readers can read the turns before the latest, but do not announce them.
      log.ariaLive = 'off'
      const problem = await catchUp()
      log.ariaLive = 'polite'
      if (problem?.code === 'not_found') id = ''
      return problem
    },
    wake() {
      for (const turn of turns.values()) turn.wake()
    },
  }
}

/** Scrolls to new content while the reader is near the bottom. @returns a function that makes it follow again. */
function keepAtBottom(content: HTMLElement): () => void {
  const page = document.documentElement
  let following = true
  addEventListener(
    'scroll',
    () => {
      following = page.scrollHeight - page.scrollTop - page.clientHeight < NEAR_BOTTOM_PX
    },
    { passive: true },
  )
  new ResizeObserver(() => {
    if (following) scrollTo({ top: page.scrollHeight })
  }).observe(content)
  return () => {
    following = true
  }
}
