import { CLIENT } from './issuer.ts'

/** As an attacker who has copied the refresh token and the client's secret. @returns the issuer's status. */
export async function redeem(issuer: { url: string }, refreshToken: string | undefined): Promise<number> {
  const basic = Buffer.from(`${CLIENT.clientId}:${CLIENT.clientSecret}`).toString('base64')
  const answer = await fetch(`${issuer.url}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken ?? '' }),
  })
  await answer.text()
  return answer.status
}
