import { element, find, link } from './elements.ts'
import { CHAT_PAGE } from './routes.ts'

export type Notice = (Node | string)[]

const DRAFT = 'draft'

export interface Composer {
  block(why: Notice, said: 'at once' | 'when tried'): void
  unblock(): void
  notify(notice: Notice): void
  setSending(sending: boolean): void
  clear(): void
  suggest(text: string): void
}

/** @param subject the owner of the draft: it survives a reload or a new sign-in, for that user only. */
export function createComposer(subject: string, send: (message: string) => void): Composer {
  const form = find('#composer', HTMLFormElement)
  const field = find('#message', HTMLTextAreaElement)
  const button = find('#send', HTMLButtonElement)
  const noticeLine = find('#composer-notice', HTMLElement)
  const maxBytes = Number(form.dataset.messageMaxBytes)
  let blocked: Notice | undefined
  let sending = false

  const showNotice = (notice: Notice) => noticeLine.replaceChildren(element('span', {}, ...notice))

  function keepDraft(): void {
    sessionStorage.setItem(DRAFT, JSON.stringify({ subject, text: field.value }))
  }

  function restoreDraft(): void {
    const draft = JSON.parse(sessionStorage.getItem(DRAFT) ?? '{}') as { subject?: string; text?: string }
    if (draft.subject === subject) field.value = draft.text ?? ''
    else sessionStorage.removeItem(DRAFT)
  }

  function submit(): void {
    const message = field.value.trim()
    if (sending || message === '') return
    if (blocked !== undefined) showNotice(blocked)
    else if (new TextEncoder().encode(message).length > maxBytes)
      showNotice([`The message is too long: at most ${maxBytes / 1_024} KiB can be sent.`])
    else send(message)
  }

  /** `aria-disabled` and not `disabled`: the button keeps the focus, and a click can show the reason. */
  function drawButton(): void {
    button.ariaDisabled = String(sending || blocked !== undefined)
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    submit()
  })
  field.addEventListener('input', keepDraft)
  field.addEventListener('keydown', (event) => {
    // Within an input method Enter accepts a character. Safari has ended the composition by then: there `keyCode` is 229.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
    event.preventDefault()
    submit()
  })
  restoreDraft()
  drawButton()
  // Hidden until now: without the script, submitting the form would lose the message.
  form.hidden = false
  // On a phone the keyboard would cover half of the page.
  if (matchMedia('(hover: hover)').matches) field.focus()

  return {
    block(why, said) {
      blocked = why
      drawButton()
      showNotice(said === 'at once' ? why : [])
    },
    unblock() {
      blocked = undefined
      drawButton()
      showNotice([])
    },
    notify: showNotice,
    setSending(now) {
      sending = now
      field.readOnly = now
      drawButton()
      if (now) showNotice([])
    },
    clear() {
      field.value = ''
      sessionStorage.removeItem(DRAFT)
    },
    suggest(text) {
      field.value = text
      keepDraft()
      field.focus()
    },
  }
}

export const newConversationLink = () => link('Start a new conversation', CHAT_PAGE)
