import { find } from './elements.ts'

function ask(id: string, service: string): { dialog: HTMLDialogElement; answered: Promise<string> } {
  const dialog = find(`#${id}`, HTMLDialogElement)
  for (const name of dialog.querySelectorAll('[data-slot=service]')) name.textContent = service
  dialog.returnValue = ''
  const answered = new Promise<string>((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue), { once: true })
  })
  return { dialog, answered }
}

export async function confirmDisconnect(displayName: string, account: string | undefined): Promise<boolean> {
  const { dialog, answered } = ask('disconnect-dialog', displayName)
  const which = find('[data-slot=account]', HTMLElement, dialog)
  which.textContent = account === undefined ? '' : `The account ${account} is disconnected.`
  which.hidden = account === undefined
  dialog.showModal()
  return (await answered) === 'disconnect'
}

/** @param value of the button that confirms */
export async function confirmIn(id: string, value: string): Promise<boolean> {
  const { dialog, answered } = ask(id, '')
  dialog.showModal()
  return (await answered) === value
}

/** @returns nothing when the user cancelled. The hint may be empty. */
export async function askWhichAccount(
  displayName: string,
  canAskForAccount: boolean,
): Promise<{ hint: string } | undefined> {
  const { dialog, answered } = ask('account-dialog', displayName)
  const hint = find('input', HTMLInputElement, dialog)
  hint.value = ''
  find('[data-slot=which]', HTMLElement, dialog).hidden = !canAskForAccount
  dialog.showModal()
  return (await answered) === 'connect' ? { hint: hint.value.trim() } : undefined
}

/** The cancel button is not of type `submit`: the Enter key presses the first submit button of a form. */
export function closeOnCancel(): void {
  for (const button of document.querySelectorAll('dialog button[data-slot=cancel]'))
    button.addEventListener('click', () => button.closest('dialog')?.close())
}
