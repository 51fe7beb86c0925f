import { ROUTES } from '@agent-identity/contracts'
import { html } from 'hono/html'
import { type PageUser, renderPage, signedInAs } from './layout.ts'

export function homePage({ user }: { user: PageUser }): string {
  return renderPage({
    title: 'You are signed in',
    user,
    path: ROUTES.chatPage,
    chat: 'off',
    main: html`<main class="notice-page">
<h1>You are signed in</h1>
<p>You are <strong>${signedInAs(user)}</strong>. Go back to the application where you talk to the agent.</p>
<p><a class="button" href="${ROUTES.connectionsPage}">Connected accounts</a></p>
</main>`,
  })
}
