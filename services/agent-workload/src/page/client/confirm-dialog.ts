/**
 * Asks in a modal dialog of the page: the browser keeps the keyboard in it, closes it with Escape, and gives the focus back.
 *
 * @param value of the button that confirms
 */
export function confirmIn(dialog: HTMLDialogElement, value: string): Promise<boolean> {
  dialog.returnValue = ''
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === value), { once: true })
  })
}
