import type { WrongAccount } from '@agent-identity/contracts'
import { callApi } from './api.ts'
import { wrongAccountWords } from './connection-words.ts'
import { goOn, goToConsent, type MayLeadToConsent, showProblem } from './consent-tab.ts'
import { countDown } from './count-down.ts'
import { element, find } from './elements.ts'
import { acceptancePath, connectionAuthorizationsPath } from './routes.ts'

export const wrongAccountHeading = ({ displayName }: WrongAccount) => `${displayName}: another account was connected`

/** @returns a function that stops the countdown */
export function showWrongAccount(card: HTMLElement, wrong: WrongAccount): () => void {
  const { provider, accountId, account, generation, displayName, expiresAt } = wrong
  const message = element('p', { className: 'quiet', role: 'status' })
  const time = element('p', { className: 'time-left', role: 'timer', ariaLive: 'off' })
  const use = element('button', { type: 'button' }, 'Use it')
  const again = element('button', { type: 'button', className: 'button-quiet' }, 'Connect again')
  const actions = element('div', { className: 'card-actions' }, use, again, time)
  let isBusy = false

  async function once(act: () => Promise<unknown>): Promise<void> {
    if (isBusy) return
    isBusy = true
    await act()
    isBusy = false
  }

  // The turn's stream shows the outcome.
  const accept = () =>
    once(async () => {
      message.replaceChildren('One moment…')
      const answer = await callApi<MayLeadToConsent | undefined>('POST', acceptancePath(provider, accountId), {
        generation,
        account,
      })
      if (answer.ok) goOn(displayName, message, answer.body?.startUrl, undefined)
      else showProblem(message, answer)
    })
  const connectAgain = () =>
    once(() =>
      goToConsent(displayName, message, () =>
        callApi('POST', connectionAuthorizationsPath(provider), { account: accountId }),
      ),
    )
  use.addEventListener('click', () => void accept())
  again.addEventListener('click', () => void connectAgain())
  card.append(
    element('p', {}, `${wrongAccountWords(wrong)} The agent does nothing with it until you say that it may be used.`),
    actions,
    message,
  )
  return countDown({ expiresAt, toWhat: `decide about ${displayName}` }, time, () => {
    // The turn waits no longer.
    if (actions.contains(document.activeElement)) find('h3', HTMLHeadingElement, card).focus()
    use.remove()
    again.remove()
  })
}
