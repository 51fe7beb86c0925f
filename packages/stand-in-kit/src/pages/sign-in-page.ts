import { html } from 'hono/html'
import { type Look, layout } from './layout.ts'

export interface SignInPage {
  look: Look
  applicationName: string
  action: string
  /** The accounts to which the browser is signed in. */
  accounts?: readonly { username: string; email: string; isHinted: boolean }[]
  hintedUsername?: string | undefined
  /** The previous input, if it was wrong. */
  refusedUsername?: string | undefined
}

export function signInPage(page: SignInPage): string {
  const { look, applicationName, action, accounts = [], hintedUsername, refusedUsername } = page
  const refused = refusedUsername !== undefined
  const username = refusedUsername ?? hintedUsername ?? ''
  const isChooser = accounts.length > 0
  const focus = refused || (username !== '' && !isChooser) ? 'password' : isChooser ? undefined : 'username'
  return layout(
    look,
    isChooser ? 'Choose an account' : 'Sign in',
    html`<p>to go on to ${applicationName}</p>
${isChooser ? chooser(action, accounts) : ''}
${refused ? html`<p class="error" role="alert" id="error">The username or the password is wrong.</p>` : ''}
<form method="post" action="${action}">
<label for="username">Username</label>
<input id="username" name="username" type="text" value="${username}" required ${focus === 'username' ? 'autofocus' : ''} autocomplete="username" autocapitalize="none" spellcheck="false" ${refused ? html`aria-invalid="true" aria-describedby="error"` : ''}>
<label for="password">Password</label>
<input id="password" name="password" type="password" required ${focus === 'password' ? 'autofocus' : ''} autocomplete="current-password" ${refused ? html`aria-invalid="true" aria-describedby="error"` : ''}>
<div class="buttons"><button ${isChooser ? '' : html`class="primary"`} type="submit">Sign in</button></div>
</form>`,
  )
}

const chooser = (action: string, accounts: NonNullable<SignInPage['accounts']>) =>
  html`<form method="post" action="${action}" class="accounts">
${accounts.map(({ username, email, isHinted }) => html`<button name="account" value="${username}" type="submit" ${isHinted ? html`class="primary" autofocus` : ''}>${email}</button>`)}
</form>
<p>or sign in to another one:</p>`
