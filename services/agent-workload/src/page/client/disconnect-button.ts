import type { Connection } from '@agent-identity/contracts'
import { callApi } from './api.ts'
import { find } from './elements.ts'
import { connectionPath } from './routes.ts'
import { signInLink } from './signed-in-user.ts'
import { REQUEST_PROBLEMS } from './words.ts'

/** Ends the connection, once its user has read what that stops and has said so again. */
export function createDisconnectButton(
  row: HTMLTableRowElement,
  message: HTMLElement,
  show: (connection: Connection) => void,
) {
  const button = find('[data-slot=disconnect]', HTMLButtonElement, row)
  const { provider = '', displayName = '' } = row.dataset
  let account: string | undefined
  let ending = false

  async function disconnect(): Promise<void> {
    if (ending || !(await confirmed(displayName))) return
    ending = true
    message.replaceChildren('One moment…')
    const answer = await callApi<Connection>('DELETE', connectionPath(provider, account))
    ending = false
    message.replaceChildren()
    if (answer.ok) return show(answer.body)
    message.replaceChildren(REQUEST_PROBLEMS[answer.problem.code], ' ')
    if (answer.problem.code === 'not_signed_in') message.append(signInLink())
  }
  button.addEventListener('click', () => void disconnect())

  return {
    element: button,
    draw(isOffered: boolean, accountId: string | undefined): void {
      account = accountId
      button.hidden = !isOffered
    },
  }
}

/** The browser keeps the keyboard in a modal dialog, closes it with Escape, and gives the focus back. */
function confirmed(displayName: string): Promise<boolean> {
  const dialog = find('#disconnect-dialog', HTMLDialogElement)
  for (const name of dialog.querySelectorAll('[data-slot=service]')) name.textContent = displayName
  dialog.returnValue = ''
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'disconnect'), { once: true })
  })
}
