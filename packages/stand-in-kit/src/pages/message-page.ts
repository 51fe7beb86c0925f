import { html } from 'hono/html'
import { type Look, layout } from './layout.ts'

export const messagePage = (look: Look, title: string, text: string): string =>
  layout(look, title, html`<p>${text}</p>`)
