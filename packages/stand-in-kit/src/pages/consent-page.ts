import { html } from 'hono/html'
import { type Look, layout } from './layout.ts'

export interface ConsentPage {
  look: Look
  applicationName: string
  /** The user at the vendor, who may be another one than at the application. */
  account: string
  scopes: readonly { scope: string; description: string }[]
  /** The origin to which the browser returns. */
  returnsTo: string
  /** The form's target. */
  action: string
  /** The button's name. Default: Authorize. */
  allow?: string
}

export function consentPage(page: ConsentPage): string {
  const { look, applicationName, account, scopes, returnsTo, action, allow = 'Authorize' } = page
  return layout(
    look,
    `Authorize ${applicationName}`,
    html`<p><strong>${applicationName}</strong> asks to use ${look.name} as <strong>${account}</strong>. It will be able to:</p>
<ul>
${scopes.map(({ scope, description }) => html`<li>${description}<code>${scope}</code></li>`)}
</ul>
<form method="post" action="${action}">
<div class="buttons">
<button class="primary" type="submit" name="decision" value="authorize">${allow}</button>
<button type="submit" name="decision" value="deny">Deny</button>
</div>
</form>
<p class="quiet">Either way you go on to ${returnsTo}.</p>`,
  )
}
