import type { Connection, ConnectionStatus } from '@agent-identity/contracts'
import { callApi } from './api.ts'
import { createAskFirstSwitch } from './ask-first-switch.ts'
import { CONNECTION_WORDS, dayOf, disconnectedWords, sinceOf, usedBy } from './connection-words.ts'
import { createDisconnectButton } from './disconnect-button.ts'
import { element, find, newTabLink, sameOriginPath } from './elements.ts'
import { connectionAuthorizationsPath } from './routes.ts'
import { signInLink } from './signed-in-user.ts'
import { REQUEST_PROBLEMS } from './words.ts'

/** Makes a server-rendered row interactive. Its cells stay and only their texts change, so that the focus stays, too. */
export function createConnectionRow(row: HTMLTableRowElement, update: () => Promise<void>) {
  const slot = <T extends Element>(name: string, type: new () => T) => find(`[data-slot=${name}]`, type, row)
  const button = slot('action', HTMLButtonElement)
  const message = slot('message', HTMLElement)
  const displayName = row.dataset.displayName ?? ''
  const askFirst = createAskFirstSwitch(row, message)
  let connecting = false
  let isInOtherTab = false

  const disconnect = createDisconnectButton(row, message, show)

  function drawButtons(): void {
    const { action, canDisconnect = false } = CONNECTION_WORDS[row.dataset.status as ConnectionStatus]
    button.textContent = action ?? ''
    button.hidden = action === undefined
    disconnect.draw(canDisconnect, row.dataset.account || undefined)
  }

  async function connect(): Promise<void> {
    if (connecting) return
    connecting = true
    message.replaceChildren('One moment…')
    const tab = openEmptyTab(displayName)
    const answer = await callApi<{ startUrl?: string }>(
      'POST',
      connectionAuthorizationsPath(row.dataset.provider ?? ''),
    )
    connecting = false
    if (!answer.ok) {
      tab?.close()
      message.replaceChildren(REQUEST_PROBLEMS[answer.problem.code], ' ')
      if (answer.problem.code === 'not_signed_in') message.append(signInLink())
      return
    }
    message.replaceChildren(...goOn(tab, answer.body.startUrl, displayName))
    isInOtherTab = true
    await update()
  }

  button.addEventListener('click', () => void connect())
  drawButtons()
  const since = slot('since', HTMLTimeElement)
  if (since.dateTime !== '') since.textContent = dayOf(since.dateTime)

  return {
    /** The user is back, and the consent may have been set aside or its tab closed: the row no longer mentions another tab. */
    cameBack(): void {
      if (isInOtherTab && !connecting && row.dataset.status === 'consent_pending')
        message.replaceChildren(`If you have not finished at ${displayName}: Connect opens it again.`)
      isInOtherTab = false
    },
    show,
  }

  function show(connection: Connection): void {
    const changed = row.dataset.status !== connection.status
    row.dataset.status = connection.status
    row.dataset.account = connection.accountId ?? ''
    const words = CONNECTION_WORDS[connection.status]
    slot('account', HTMLElement).textContent = connection.account ?? ''
    slot('used', HTMLElement).textContent = connection.lastUsedBy === undefined ? '' : usedBy(connection.lastUsedBy)
    slot('scopes', HTMLElement).replaceChildren(...connection.scopes.map((scope) => element('li', {}, scope)))
    askFirst?.show(connection.askFirst ?? false)
    since.dateTime = sinceOf(connection)
    since.textContent = since.dateTime === '' ? '' : dayOf(since.dateTime)
    setText(slot('detail', HTMLElement), disconnectedWords(connection))
    if (!changed) {
      drawButtons()
      return
    }
    // A live region: set only when there is news.
    slot('status', HTMLElement).textContent = words.status
    if (connection.status !== 'consent_pending') message.replaceChildren()
    const hadFocus = [button, disconnect.element].find((one) => one === document.activeElement)
    drawButtons()
    // A button that is hidden must not lose the keyboard focus.
    if (hadFocus?.hidden) row.focus()
  }
}

const setText = (slot: HTMLElement, text: string) => {
  if (slot.textContent !== text) slot.textContent = text
}

/** @returns the text about where to continue. */
function goOn(tab: Window | null, startUrl: string | undefined, displayName: string): (Node | string)[] {
  if (startUrl === undefined) {
    // The token vault has a token that our own record did not know: no consent is needed.
    tab?.close()
    return []
  }
  const path = ownPath(startUrl)
  if (path === undefined) {
    tab?.close()
    return ['The answer led to another site, so this page did not follow it. Reload this page and try again.']
  }
  if (tab === null) {
    const link = newTabLink(`Continue to ${displayName}`, path)
    return ['The browser did not let this page open a tab. ', link]
  }
  tab.location.replace(path)
  return ['Continue in the other tab. This page goes on by itself.']
}

/** @returns undefined for an address that this page does not follow. */
function ownPath(address: string): string | undefined {
  try {
    return sameOriginPath(address)
  } catch {
    return undefined
  }
}

/**
 * A tab that is opened after a request counts as a popup and is blocked; one opened within the click is not. Its reference to this page is removed
 * before it navigates.
 */
function openEmptyTab(displayName: string): Window | null {
  const tab = window.open('', '_blank')
  if (tab === null) return null
  tab.opener = null
  tab.document.title = `Connect ${displayName}`
  tab.document.body.textContent = 'One moment…'
  return tab
}
