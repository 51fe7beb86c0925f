import type { ListedConnection } from '@agent-identity/contracts'
import { dayOf } from './connection-times.ts'
import { accountName, adviceOn, asksShown, STATUS_WORDS, sinceOf, useWords } from './connection-words.ts'
import { countDown } from './count-down.ts'
import { element, find } from './elements.ts'

/** @param onTimeUp called when the time to consent is over */
export function createRowView(row: HTMLTableRowElement, onTimeUp: () => unknown) {
  const slot = (name: string) => find(`[data-slot=${name}]`, HTMLElement, row)
  const slots = {
    service: slot('service'),
    status: slot('status'),
    spoken: slot('spoken'),
    advice: slot('advice'),
    timeLeft: slot('time-left'),
    account: slot('account'),
    default: slot('default'),
    since: find('[data-slot=since]', HTMLTimeElement, row),
    uses: slot('uses'),
    scopes: slot('scopes'),
    missing: slot('missing'),
    missingScopes: slot('missing-scopes'),
    asks: slot('asks'),
    askedScopes: slot('asked-scopes'),
    askFirstService: slot('ask-first-service'),
  }
  let stop: (() => void) | undefined
  let until: string | undefined

  function showTimeLeft({ displayName, pendingUntil }: ListedConnection): void {
    if (pendingUntil === until) return
    stop?.()
    until = pendingUntil
    stop = undefined
    setText(slots.timeLeft, '')
    if (pendingUntil === undefined) return
    stop = countDown({ expiresAt: pendingUntil, toWhat: `connect ${displayName}` }, slots.timeLeft, () => onTimeUp())
  }

  return {
    show(connection: ListedConnection): void {
      const { provider, displayName, status, accountId = '', isDefault = false } = connection
      const { uses = [], scopes, missing = [] } = connection
      const reader = { now: Date.now() }
      Object.assign(row.dataset, { provider, account: accountId, status })
      setText(slots.service, displayName)
      setText(slots.spoken, `${displayName}: `)
      // A live region: changed only when there is news.
      setText(slots.status, STATUS_WORDS[status])
      setText(slots.advice, adviceOn(connection))
      showTimeLeft(connection)
      setText(slots.account, accountName(connection))
      slots.default.hidden = !isDefault
      slots.since.dateTime = sinceOf(connection)
      setText(slots.since, slots.since.dateTime === '' ? '' : dayOf(slots.since.dateTime))
      slots.uses.hidden = uses.length === 0
      setItems(
        slots.uses,
        uses.map((use) => useWords(use, reader)),
      )
      setItems(slots.scopes, scopes)
      slots.missing.hidden = missing.length === 0
      setItems(slots.missingScopes, missing)
      const asks = asksShown(connection)
      slots.asks.hidden = asks.length === 0
      setItems(slots.askedScopes, asks)
      setText(slots.askFirstService, displayName)
    },
    stop: () => stop?.(),
  }
}

const setText = (slot: HTMLElement, text: string) => {
  if (slot.textContent !== text) slot.textContent = text
}

const setItems = (list: HTMLElement, texts: readonly string[]) => {
  const before = [...list.children].map(({ textContent }) => textContent)
  if (before.join('\n') !== texts.join('\n')) list.replaceChildren(...texts.map((text) => element('li', {}, text)))
}
