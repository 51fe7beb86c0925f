import { createAuthorizationCard, type SignedInAs } from './authorization-card.ts'
import { createConfirmationCard } from './confirmation-card.ts'
import { element } from './elements.ts'
import { signInLink } from './signed-in-user.ts'
import type { TurnPart } from './turn-state.ts'
import { LOSSES, TURN_ERRORS, toolText } from './words.ts'

export interface PartView {
  element: HTMLElement
  show(part: TurnPart): void
  finish(): void
}

export function createPartView(part: TurnPart, signedInAs: SignedInAs): PartView {
  switch (part.kind) {
    case 'text':
      return createTextView()
    case 'tool':
      return createToolView()
    case 'authorization': {
      const card = createAuthorizationCard(signedInAs)
      return { element: card.element, show: (shown) => shown.kind === 'authorization' && card.show(shown), finish() {} }
    }
    case 'confirmation': {
      const card = createConfirmationCard()
      return { element: card.element, show: (shown) => shown.kind === 'confirmation' && card.show(shown), finish() {} }
    }
    case 'error': {
      const needsSignIn = part.code === 'signed_out'
      return createProblemView(TURN_ERRORS[part.code], needsSignIn, part.requestId)
    }
    case 'loss':
      return createProblemView(LOSSES[part.reason], part.reason === 'not_signed_in')
  }
}

/** The complete text is inserted once more, for screen readers: with every delta they would read fragments, and with `aria-busy` nothing. */
function createTextView(): PartView {
  const text = document.createTextNode('')
  let paragraph = silentParagraph()
  const view = element('div', { className: 'answer-text' }, paragraph)
  paragraph.append(text)

  function silentParagraph() {
    return element('p', { ariaLive: 'off' })
  }

  return {
    element: view,
    show(part) {
      if (part.kind === 'text') text.appendData(part.text.slice(text.length))
    },
    finish() {
      if (paragraph.ariaLive !== 'off') return
      paragraph = element('p', {}, text)
      view.replaceChildren(paragraph)
    },
  }
}

function createToolView(): PartView {
  const view = element('p', { className: 'tool' })
  return {
    element: view,
    show(part) {
      if (part.kind !== 'tool') return
      view.dataset.status = part.status
      view.textContent = toolText(part.tool, part.status)
    },
    finish() {},
  }
}

function createProblemView(text: string, needsSignIn: boolean, requestId?: string): PartView {
  const view = element('div', { className: 'problem' }, element('p', {}, text))
  if (needsSignIn) view.append(element('p', {}, signInLink()))
  if (requestId !== undefined)
    view.append(element('p', { className: 'quiet' }, 'Request id: ', element('code', {}, requestId)))
  return { element: view, show() {}, finish() {} }
}
