import { type AuthorizationServer, layout, messagePage, PAGE_HEADERS } from '@agent-identity/stand-in-kit'
import { html, raw } from 'hono/html'
import type { KoaContextWithOIDC } from 'oidc-provider'

/** RP-Initiated Logout 1.0 §2: without an ID token of the signed-in user, the request may come from a link on some page, so the user is asked. */
export function signOut(server: () => AuthorizationServer) {
  return {
    async logoutSource(context: KoaContextWithOIDC, form: string) {
      const { session, entities, params } = context.oidc
      const hint = entities.IdTokenHint?.payload as { sub?: string } | undefined
      if (!session || hint?.sub !== session.accountId) return ask(context, form)

      // Cognito's sign-out revokes no other client's tokens.
      const grantId = context.oidc.client && session.grantIdFor(context.oidc.client.clientId)
      if (grantId) server().store.revokeGrant(grantId)
      await tellTheApplication(context)
      await session.destroy()
      context.cookies.set(server().provider.cookieName('session'), null)
      context.status = 303
      context.redirect(returnTo(params) ?? context.oidc.urlFor('end_session_success'))
    },
    postLogoutSuccessSource(context: KoaContextWithOIDC) {
      context.set(PAGE_HEADERS)
      context.body = messagePage(server().look, 'Signed out', 'You may close this page.')
    },
  }

  function ask(context: KoaContextWithOIDC, form: string) {
    context.set(PAGE_HEADERS)
    context.body = layout(
      server().look,
      'Sign out?',
      // oidc-provider's form, with its CSRF token.
      html`${raw(form)}
<div class="buttons"><button class="primary" type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button></div>`,
    )
  }
}

/** As oidc-provider does after the user's confirmation. A failing application must not keep the user signed in here. */
async function tellTheApplication({ oidc }: KoaContextWithOIDC): Promise<void> {
  const { client, session } = oidc
  if (!client?.backchannelLogoutUri || !session?.accountId) return
  // Not in oidc-provider's types.
  const { backchannelLogout } = client as unknown as { backchannelLogout(subject: string, sid?: string): Promise<void> }
  await backchannelLogout.call(client, session.accountId, session.sidFor(client.clientId)).catch(() => undefined)
}

/** oidc-provider has checked that the address is registered. */
function returnTo(params: KoaContextWithOIDC['oidc']['params']): string | undefined {
  if (typeof params?.post_logout_redirect_uri !== 'string') return undefined
  const url = new URL(params.post_logout_redirect_uri)
  if (typeof params.state === 'string') url.searchParams.set('state', params.state)
  return url.href
}
