import { html } from 'hono/html'
import { type Look, layout } from './layout.ts'

export interface SignInPage {
  look: Look
  /** The application to which the browser will return. */
  applicationName: string
  /** The form's target. */
  action: string
  /** The previous input, if it was wrong. */
  refusedUsername?: string | undefined
}

export function signInPage({ look, applicationName, action, refusedUsername }: SignInPage): string {
  const refused = refusedUsername !== undefined
  return layout(
    look,
    'Sign in',
    html`<p>to go on to ${applicationName}</p>
${refused ? html`<p class="error" role="alert" id="error">The username or the password is wrong.</p>` : ''}
<form method="post" action="${action}">
<label for="username">Username</label>
<input id="username" name="username" type="text" value="${refusedUsername ?? ''}" required ${refused ? '' : 'autofocus'} autocomplete="username" autocapitalize="none" spellcheck="false" ${refused ? html`aria-invalid="true" aria-describedby="error"` : ''}>
<label for="password">Password</label>
<input id="password" name="password" type="password" required ${refused ? 'autofocus' : ''} autocomplete="current-password" ${refused ? html`aria-invalid="true" aria-describedby="error"` : ''}>
<div class="buttons"><button class="primary" type="submit">Sign in</button></div>
</form>`,
  )
}
