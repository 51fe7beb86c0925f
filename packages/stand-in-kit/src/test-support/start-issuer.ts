import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { listenOnLoopback } from '../listen.ts'

export async function startIssuer(clientId = 'agent-workload') {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }
  const { port, close } = await listenOnLoopback((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }))
  }, 0)
  const issuer = `http://127.0.0.1:${port}`
  return {
    signIn: { issuer, clientId },
    /** @param claims may replace the client and the issuer. */
    token: (subject: string, claims: Readonly<Record<string, unknown>> = {}, expires = '1h') =>
      new SignJWT({ client_id: clientId, iss: issuer, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(expires)
        .sign(privateKey),
    close,
  }
}
