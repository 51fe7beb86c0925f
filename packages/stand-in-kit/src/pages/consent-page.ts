import { html } from 'hono/html'
import { type Look, layout } from './layout.ts'

export interface ConsentPage {
  look: Look
  applicationName: string
  /** The username of the account that the browser is signed in to. */
  account: string
  scopes: readonly { scope: string; description: string; isOptional?: boolean }[]
  /** An origin. */
  returnsTo: string
  action: string
  /** The button's name. */
  allow?: string
  /** Replaces "use <vendor>" in the question. */
  asksTo?: string
}

/** Sent by browsers that show the boxes. Not `type="hidden"`: test programs send hidden fields, but not the boxes. */
export const BOXES_SHOWN = 'boxes'
export const boxOf = (scope: string) => `allow ${scope}`

export function consentPage(page: ConsentPage): string {
  const { look, applicationName, account, scopes, returnsTo, action, allow = 'Authorize' } = page
  const { asksTo = `use ${look.name}` } = page
  return layout(
    look,
    `Authorize ${applicationName}`,
    html`<p><strong>${applicationName}</strong> asks to ${asksTo} as <strong>${account}</strong>. It will be able to:</p>
<form method="post" action="${action}">
${scopes.some(({ isOptional }) => isOptional) ? html`<input name="${BOXES_SHOWN}" value="shown" hidden>` : ''}
<ul>
${scopes.map(({ scope, description, isOptional }) =>
  isOptional
    ? html`<li><label><input type="checkbox" name="${boxOf(scope)}" value="yes" checked> ${description}</label><code>${scope}</code></li>`
    : html`<li>${description}<code>${scope}</code></li>`,
)}
</ul>
<div class="buttons">
<button class="primary" type="submit" name="decision" value="authorize">${allow}</button>
<button type="submit" name="decision" value="deny">Deny</button>
</div>
</form>
<p class="quiet">Either way you go on to ${returnsTo}.</p>`,
  )
}
