/**
 * AgentCore as fast as a process can be it, where only the caller is measured: completes whatever it is asked to, and has a
 * token for nobody. It neither checks a signature nor knows a user. `GET /calls` says how many calls there were.
 */
import { serve } from './listening-server.ts'

const CONSENT = JSON.stringify({
  authorizationUrl: 'http://127.0.0.1:1/authorize',
  sessionUri: 'urn:ietf:params:oauth:request_uri:bench',
})
/** Of the right length. */
const MINTED = JSON.stringify({ workloadAccessToken: 'w'.repeat(1_024) })

let calls = 0

serve((request, response) => {
  if (request.url === '/calls') return void response.end(String(calls))
  calls++
  request.resume()
  request.on('end', () => {
    response.setHeader('Content-Type', 'application/json')
    if (request.url?.includes('/GetWorkloadAccessToken')) response.end(MINTED)
    else response.end(request.url === '/identities/oauth2/token' ? CONSENT : '{}')
  })
})
