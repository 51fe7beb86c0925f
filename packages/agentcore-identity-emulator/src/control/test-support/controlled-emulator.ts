import { request as httpRequest } from 'node:http'
import { BedrockAgentCoreClient, GetWorkloadAccessTokenCommand } from '@aws-sdk/client-bedrock-agentcore'
import * as sdk from '@aws-sdk/client-bedrock-agentcore-control'
import { startEmulator } from '../../index.ts'

interface Reply {
  status: number
  body: string
}

export async function startControlled() {
  const emulator = await startEmulator({
    controlHosts: ['emulator.test', 'Capital.Test:8082'],
    operationHosts: ['operations.test', 'OPERATIONS.example:1'],
    workloadIdentities: [{ name: 'agent', tags: { a: 'b' } }],
    oauth2CredentialProviders: [
      {
        name: 'github',
        credentialProviderVendor: 'GithubOauth2',
        oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: 'c', clientSecret: 's' } },
      },
    ],
  })
  const [credentials] = emulator.credentials
  if (credentials === undefined) throw new Error('One credential is generated')
  const configuration = { endpoint: emulator.url, region: emulator.region, credentials, maxAttempts: 1 }
  const client = new BedrockAgentCoreClient(configuration)
  const control = new sdk.BedrockAgentCoreControlClient(configuration)

  /** node:http, because fetch sets some of these headers itself. */
  const send = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
    exchange(method, `/_emulator${path}`, headers, body)

  function exchange(method: string, path: string, headers: Record<string, string>, body?: string) {
    return new Promise<Reply>((resolve, reject) => {
      const { hostname, port } = new URL(emulator.url)
      const options = { hostname, port, method, path, headers, agent: false }
      const request = httpRequest(options, (response) => {
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
      })
      request.on('error', reject)
      request.end(body)
    })
  }
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    send('POST', path, { 'content-type': 'application/json', ...headers }, JSON.stringify(body))
  const calls = async () => JSON.parse((await send('GET', '/calls')).body)
  const mint = () => client.send(new GetWorkloadAccessTokenCommand({ workloadName: 'agent' }))

  return { emulator, client, control, exchange, send, post, calls, mint }
}

export const nameOf = (call: Promise<unknown>) =>
  call.then(
    () => 'success',
    (error) => error.name,
  )
