import type { AuthorizationRequired } from '@agent-identity/contracts'
import { callApi } from './api.ts'
import { dayOf } from './connection-times.ts'
import { countDown } from './count-down.ts'
import { element, find, link, newTabLink } from './elements.ts'
import { consentUntil, forgetOpened, noteOpened } from './opened-link.ts'
import { authorizationPath, CONNECTIONS_PAGE } from './routes.ts'
import type { AuthorizationPart } from './turn-state.ts'
import { REQUEST_PROBLEMS, setAsideText, settledWords, toConsent, toOpenLink } from './words.ts'

const disconnectedBefore = (displayName: string, at: string) => `You disconnected ${displayName} on ${dayOf(at)}.`

/** The user's name, and their e-mail address if it is known. */
export type SignedInAs = string

/** The link leads to our start route: this page does not get the authorization URL. */
export function createAuthorizationCard(signedInAs: SignedInAs) {
  const card = element('section', { className: 'card' })
  let pending: PendingCard | undefined

  function show({ request, outcome, account, setAsideFor }: AuthorizationPart): void {
    // At most the hint is changed: the keyboard focus stays where it is.
    if (pending && outcome === 'pending') {
      pending.showSetAside(setAsideFor)
      return
    }
    pending?.stop()
    pending = undefined
    const hadFocus = card.contains(document.activeElement)
    const heading = element('h3', { tabIndex: -1 })
    card.dataset.outcome = outcome
    card.replaceChildren(heading)
    if (outcome === 'pending') {
      heading.textContent = `Connect ${request.displayName}`
      pending = showRequest(card, request, signedInAs)
      pending.showSetAside(setAsideFor)
    } else {
      forgetOpened(request.authorizationId)
      const words = settledWords(outcome, request.displayName, account)
      heading.textContent = words.heading
      card.append(element('p', {}, words.advice))
      if (outcome === 'wrong_account')
        card.append(element('p', {}, link('See it in your connected accounts', CONNECTIONS_PAGE)))
    }
    // Otherwise the keyboard focus would be lost.
    if (hadFocus) heading.focus()
  }

  return { element: card, show }
}

const missing = ({ displayName, missing = [] }: AuthorizationRequired): HTMLElement[] =>
  missing.length === 0
    ? []
    : [
        element('p', {}, `You left this out when you connected ${displayName}, and the agent needs it:`),
        element('ul', { className: 'scopes missing' }, ...missing.map((scope) => element('li', {}, scope))),
      ]

/** A provider may have no scopes. */
function needed({ displayName, scopes }: AuthorizationRequired): HTMLElement[] {
  const why = `To go on, the agent needs your permission at ${displayName}.`
  if (scopes.length === 0) return [element('p', {}, why)]
  return [
    element('p', {}, `${why} You would allow it to:`),
    element('ul', { className: 'scopes' }, ...scopes.map((scope) => element('li', {}, scope))),
  ]
}

interface PendingCard {
  showSetAside(instead: string | undefined): void
  stop(): void
}

const IN_OTHER_TAB =
  'Continue in the other tab. This page goes on by itself. If that tab is closed, open the link again.'

function showRequest(card: HTMLElement, request: AuthorizationRequired, signedInAs: SignedInAs): PendingCard {
  const { authorizationId, displayName } = request
  const hint = element('p', { className: 'quiet' })
  const time = element('p', { className: 'time-left', role: 'timer', ariaLive: 'off' })
  const open = newTabLink(`Connect ${displayName}`, request.startUrl)
  const cancel = element('button', { type: 'button', className: 'button-quiet' }, 'Cancel')
  const actions = element('div', { className: 'card-actions' }, open, cancel, time)
  let stop = () => {}

  function showTimeLeft(): void {
    stop()
    const until = consentUntil(authorizationId)
    const toWhat = until === undefined ? toOpenLink(displayName) : toConsent(displayName)
    hint.textContent = until === undefined ? 'Opens in a new tab.' : IN_OTHER_TAB
    stop = countDown({ expiresAt: until ?? request.expiresAt, toWhat, says: 'shown' }, time, () => {
      // The stream reports the end; until then no control is shown that the server would refuse.
      if (actions.contains(document.activeElement)) find('h3', HTMLHeadingElement, card).focus()
      open.remove()
      cancel.remove()
      hint.textContent = until === undefined ? 'If you have opened it elsewhere, finish there.' : ''
    })
  }

  function opened(): void {
    noteOpened(authorizationId)
    showTimeLeft()
  }
  open.className = 'button'
  open.addEventListener('click', opened)
  // The middle button opens it, too.
  open.addEventListener('auxclick', ({ button }) => {
    if (button === 1) opened()
  })
  cancel.addEventListener('click', async () => {
    if (cancel.ariaDisabled === 'true') return
    cancel.ariaDisabled = 'true'
    const answer = await callApi('DELETE', authorizationPath(authorizationId))
    // The turn's stream shows the outcome.
    if (answer.ok || answer.problem.code === 'authorization_settled') return
    cancel.ariaDisabled = null
    hint.textContent = REQUEST_PROBLEMS[answer.problem.code]
  })

  card.append(
    ...(request.disconnectedAt === undefined
      ? []
      : [element('p', {}, disconnectedBefore(displayName, request.disconnectedAt))]),
    ...missing(request),
    ...needed(request),
    element(
      'p',
      {},
      'You are signed in as ',
      element('strong', {}, signedInAs),
      `. ${displayName} will be connected to this user only.`,
    ),
    actions,
    hint,
  )
  showTimeLeft()
  return {
    showSetAside(instead) {
      if (instead !== undefined && open.isConnected) hint.textContent = setAsideText(displayName, instead)
    },
    stop: () => stop(),
  }
}
