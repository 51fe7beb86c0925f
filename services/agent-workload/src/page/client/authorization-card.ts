import type { AuthorizationRequired, WrongAccount } from '@agent-identity/contracts'
import { callApi } from './api.ts'
import { dayOf } from './connection-times.ts'
import { countDown } from './count-down.ts'
import { element, find, newTabLink } from './elements.ts'
import { authorizationPath } from './routes.ts'
import type { AuthorizationPart } from './turn-state.ts'
import { REQUEST_PROBLEMS, setAsideText, settledWords } from './words.ts'
import { showWrongAccount, wrongAccountHeading } from './wrong-account-card.ts'

const disconnectedBefore = (displayName: string, at: string) => `You disconnected ${displayName} on ${dayOf(at)}.`

/** The user's name, and their e-mail address if it is known. */
export type SignedInAs = string

/** The link leads to our start route: this page does not get the authorization URL. */
export function createAuthorizationCard(signedInAs: SignedInAs) {
  const card = element('section', { className: 'card' })
  let pending: PendingCard | undefined

  function show(shown: AuthorizationPart): void {
    const { wrongAccount } = shown
    // At most the hint is changed: the keyboard focus stays where it is.
    if (pending && shown.outcome === 'pending' && pending.wrongAccount === wrongAccount) {
      pending.showSetAside(shown.setAsideFor)
      return
    }
    pending?.stop()
    pending = undefined
    const hadFocus = card.contains(document.activeElement)
    const heading = element('h3', { tabIndex: -1 })
    card.dataset.outcome = shown.outcome
    card.replaceChildren(heading)
    if (shown.outcome === 'pending' && wrongAccount) {
      heading.textContent = wrongAccountHeading(wrongAccount)
      pending = { wrongAccount, showSetAside() {}, stop: showWrongAccount(card, wrongAccount) }
    } else if (shown.outcome === 'pending') {
      heading.textContent = `Connect ${shown.request.displayName}`
      pending = showRequest(card, shown.request, signedInAs)
      pending.showSetAside(shown.setAsideFor)
    } else {
      const words = settledWords(shown.outcome, shown.request.displayName, shown.account)
      heading.textContent = words.heading
      card.append(element('p', {}, words.advice))
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
  wrongAccount?: WrongAccount
  showSetAside(instead: string | undefined): void
  stop(): void
}

function showRequest(card: HTMLElement, request: AuthorizationRequired, signedInAs: SignedInAs): PendingCard {
  const { displayName } = request
  const hint = element('p', { className: 'quiet' })
  const time = element('p', { className: 'time-left', role: 'timer', ariaLive: 'off' })
  const open = newTabLink(`Connect ${displayName}`, request.startUrl)
  const cancel = element('button', { type: 'button', className: 'button-quiet' }, 'Cancel')
  const actions = element('div', { className: 'card-actions' }, open, cancel, time)

  open.className = 'button'
  hint.textContent = 'Opens in a new tab.'
  open.addEventListener('click', () => {
    hint.textContent = 'Continue in the other tab. This page goes on by itself.'
  })
  cancel.addEventListener('click', async () => {
    if (cancel.ariaDisabled === 'true') return
    cancel.ariaDisabled = 'true'
    const answer = await callApi('DELETE', authorizationPath(request.authorizationId))
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
  const stop = countDown({ expiresAt: request.expiresAt, toWhat: `connect ${displayName}` }, time, () => {
    // The stream reports the end; until then no control is shown that the server would refuse.
    if (actions.contains(document.activeElement)) find('h3', HTMLHeadingElement, card).focus()
    open.remove()
    cancel.remove()
  })
  return {
    showSetAside(instead) {
      if (instead !== undefined && open.isConnected) hint.textContent = setAsideText(displayName, instead)
    },
    stop,
  }
}
