import type { CallToConfirm, ConfirmationRequired } from '@agent-identity/contracts'
import { callApi } from './api.ts'
import { countDown } from './count-down.ts'
import { element, find } from './elements.ts'
import { confirmationPath } from './routes.ts'
import type { ConfirmationPart } from './turn-state.ts'
import { answeredWords, confirmationWords, REQUEST_PROBLEMS, readableName } from './words.ts'

export function createConfirmationCard() {
  const card = element('section', { className: 'card' })
  let stop: (() => void) | undefined

  function show({ request, outcome }: ConfirmationPart): void {
    stop?.()
    stop = undefined
    const hadFocus = card.contains(document.activeElement)
    const heading = element('h3', { tabIndex: -1 })
    card.dataset.outcome = outcome
    card.replaceChildren(heading)
    if (outcome === 'pending') {
      heading.textContent = confirmationWords(request.calls.length, request.begun).heading
      stop = showRequest(card, request)
    } else {
      const words = answeredWords(outcome, request.calls.length)
      heading.textContent = words.heading
      card.append(element('p', {}, words.advice))
      card.append(element('details', {}, element('summary', {}, 'Show what was asked'), listOf(request.calls)))
    }
    // Otherwise the keyboard focus would be lost.
    if (hadFocus) heading.focus()
  }

  return { element: card, show }
}

function showRequest(card: HTMLElement, request: ConfirmationRequired): () => void {
  const { advice, yes } = confirmationWords(request.calls.length, request.begun)
  const hint = element('p', { className: 'quiet', role: 'status' })
  const time = element('p', { className: 'time-left', role: 'timer', ariaLive: 'off' })
  const confirm = element('button', { type: 'button' }, yes)
  const decline = element('button', { type: 'button', className: 'button-quiet' }, 'Decline')
  const actions = element('div', { className: 'card-actions' }, confirm, decline, time)

  async function answer(given: 'confirmed' | 'declined'): Promise<void> {
    if (confirm.ariaDisabled === 'true') return
    for (const button of [confirm, decline]) button.ariaDisabled = 'true'
    const answered = await callApi('POST', confirmationPath(request.confirmationId), { answer: given })
    // The turn's stream shows the outcome.
    if (answered.ok || answered.problem.code === 'confirmation_settled') return
    for (const button of [confirm, decline]) button.ariaDisabled = null
    hint.textContent = REQUEST_PROBLEMS[answered.problem.code]
  }
  confirm.addEventListener('click', () => void answer('confirmed'))
  decline.addEventListener('click', () => void answer('declined'))

  card.append(element('p', {}, advice), listOf(request.calls), actions, hint)
  return countDown({ expiresAt: request.expiresAt, toWhat: 'confirm' }, time, () => {
    // The stream reports the end; until then no control is shown that the server would refuse.
    if (actions.contains(document.activeElement)) find('h3', HTMLHeadingElement, card).focus()
    confirm.remove()
    decline.remove()
  })
}

const listOf = (calls: readonly CallToConfirm[]) =>
  element('ol', { className: 'calls' }, ...calls.map((call) => element('li', {}, ...describe(call))))

function describe({ tool, displayName, details }: CallToConfirm): Node[] {
  const name = element('strong', {}, `${readableName(tool)} at ${displayName}`)
  if (details.length === 0) return [name]
  // `bdi`: right-to-left text must not reorder the text around it.
  const values = details.flatMap(({ name: argument, value, more }) => [
    element('dt', {}, readableName(argument)),
    element(
      'dd',
      {},
      element('bdi', {}, value),
      ...(more === undefined ? [] : [element('span', { className: 'quiet' }, ` … and ${more} more characters`)]),
    ),
  ])
  return [name, element('dl', {}, ...values)]
}
