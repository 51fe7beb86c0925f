import type { ListedConnection } from '@agent-identity/contracts'
import { type Answer, callApi } from './api.ts'
import { createAskFirstSwitch } from './ask-first-switch.ts'
import { actionsOf, isConnectOptional, type RowPlace } from './connection-actions.ts'
import { createRowView } from './connection-row-view.ts'
import { goToConsent, type LeadsToConsent, showProblem } from './consent-tab.ts'
import { askWhichAccount, confirmDisconnect } from './dialogs.ts'
import { find } from './elements.ts'
import {
  acceptancePath,
  authorizationPath,
  connectionAuthorizationsPath,
  connectionPath,
  defaultPath,
  startPath,
} from './routes.ts'

/** The cells stay, and only their contents change: the focus stays in the row. */
export function createConnectionRow(row: HTMLTableRowElement, update: () => Promise<unknown>) {
  const slot = <T extends Element>(name: string, type: new () => T) => find(`[data-slot=${name}]`, type, row)
  const button = (name: string) => slot(name, HTMLButtonElement)
  const message = slot('message', HTMLElement)
  const hint = slot('hint', HTMLInputElement)
  const view = createRowView(row, update)
  const askFirst = createAskFirstSwitch(row, message)
  const buttons = {
    connect: button('action'),
    accept: button('accept'),
    cancel: button('cancel'),
    add: button('add'),
    makeDefault: button('make-default'),
    disconnect: button('disconnect'),
  }
  let shown: ListedConnection
  let isBusy = false
  let isInOtherTab = false

  async function once(act: () => Promise<'changed' | 'refused'>): Promise<void> {
    if (isBusy) return
    isBusy = true
    const outcome = await act()
    isBusy = false
    if (outcome === 'changed') await update()
  }

  const toConsent = (request: () => Promise<Answer<LeadsToConsent>>) =>
    once(async () => {
      const where = await goToConsent(shown.displayName, message, request)
      if (where === 'refused') return where
      isInOtherTab = where === 'in-other-tab'
      return 'changed'
    })

  const simply = (request: () => Promise<Answer<unknown>>) =>
    once(async () => {
      message.replaceChildren('One moment…')
      const answer = await request()
      if (!answer.ok) {
        showProblem(message, answer)
        return 'refused'
      }
      message.replaceChildren()
      return 'changed'
    })

  const authorizations = (body?: object) =>
    callApi<LeadsToConsent>('POST', connectionAuthorizationsPath(shown.provider), body)

  const connect = () => {
    const { accountId: account, authorizationId } = shown
    const wanted = hint.value.trim()
    // A consent is open already.
    if (authorizationId !== undefined)
      return toConsent(async () => ({ ok: true, body: { startUrl: startPath(authorizationId) } }))
    if (account !== undefined) return toConsent(() => authorizations({ account }))
    return toConsent(() => authorizations(wanted === '' ? undefined : { hint: wanted }))
  }

  async function add(): Promise<void> {
    if (isBusy) return
    const wanted = await askWhichAccount(shown.displayName, shown.canAskForAccount ?? false)
    if (wanted === undefined) return
    const { hint } = wanted
    await toConsent(() => authorizations({ ...(hint === '' ? {} : { hint }), anotherAccount: true }))
  }

  async function disconnect(): Promise<void> {
    const { provider, accountId, displayName, account } = shown
    if (isBusy || !(await confirmDisconnect(displayName, account))) return
    await simply(() => callApi('DELETE', connectionPath(provider, accountId)))
  }

  const withAccount = (act: (provider: string, account: string) => Promise<void>) => () => {
    if (shown.accountId !== undefined) void act(shown.provider, shown.accountId)
  }
  const acts: Record<keyof typeof buttons, () => void> = {
    connect: () => void connect(),
    accept: withAccount((provider, id) => {
      // The user decides about the account that the row shows at the click.
      const { generation } = shown
      return simply(() => callApi('POST', acceptancePath(provider, id), { generation }))
    }),
    cancel: () => void simply(() => callApi('DELETE', authorizationPath(shown.authorizationId ?? ''))),
    add: () => void add(),
    makeDefault: withAccount((provider, account) => simply(() => callApi('PUT', defaultPath(provider), { account }))),
    disconnect: () => void disconnect(),
  }
  for (const name of Object.keys(buttons) as (keyof typeof buttons)[])
    buttons[name].addEventListener('click', () => acts[name]())
  hint.addEventListener('keydown', ({ key }) => {
    if (key === 'Enter') void connect()
  })

  function drawButtons(place: RowPlace): void {
    const actions = actionsOf(shown, place)
    const hadFocus = [...Object.values(buttons), hint].find((one) => one === document.activeElement)
    for (const [name, control] of Object.entries(buttons)) control.hidden = !actions[name as keyof typeof buttons]
    buttons.connect.textContent = actions.connect
    buttons.connect.classList.toggle('button-quiet', isConnectOptional(shown))
    slot('which', HTMLElement).hidden = !actions.which
    if (!actions.which) hint.value = ''
    slot('ask-first-label', HTMLElement).hidden = !place.isFirst || shown.askFirst === undefined
    // Otherwise the keyboard focus would be lost.
    if (hadFocus?.closest('[hidden]')) row.focus()
  }

  return {
    element: row,
    get provider() {
      return shown?.provider ?? row.dataset.provider ?? ''
    },
    get accountId() {
      return (shown?.accountId ?? row.dataset.account) || undefined
    },

    show(connection: ListedConnection, place: RowPlace): void {
      const changed = row.dataset.status !== connection.status
      shown = connection
      view.show(connection)
      askFirst?.show(connection.askFirst ?? false)
      // The message may be out of date.
      if (changed && connection.status !== 'consent_pending' && !isBusy) {
        // Otherwise the keyboard focus would be lost.
        if (message.contains(document.activeElement)) row.focus()
        message.replaceChildren()
      }
      drawButtons(place)
    },

    remove(): void {
      view.stop()
      row.remove()
    },

    cameBack(): void {
      if (isInOtherTab && !isBusy && shown?.status === 'consent_pending')
        message.replaceChildren(`If you have not finished at ${shown.displayName}: Connect opens it again.`)
      isInOtherTab = false
    },
  }
}

export type ConnectionRow = ReturnType<typeof createConnectionRow>
