import {
  BedrockAgentCoreClient,
  CompleteResourceTokenAuthCommand,
  GetResourceApiKeyCommand,
  GetResourceOauth2TokenCommand,
  type GetResourceOauth2TokenCommandInput,
  type GetResourceOauth2TokenCommandOutput,
  GetWorkloadAccessTokenCommand,
  GetWorkloadAccessTokenForJWTCommand,
  GetWorkloadAccessTokenForUserIdCommand,
} from '@aws-sdk/client-bedrock-agentcore'
import { UndiciHttpHandler } from '@smithy/undici-http-handler'
import { Agent } from 'undici'
import { type AwsFailure, describeFailure } from './aws-failure.ts'

export type { GetResourceOauth2TokenCommandInput, GetResourceOauth2TokenCommandOutput }

export interface AwsClientSettings {
  region: string
  /** Longest time that one attempt may take, in milliseconds. */
  timeoutMs: number
  /** Where AgentCore is, instead of where the SDK finds it (`AWS_ENDPOINT_URL_BEDROCK_AGENTCORE`, else AWS). */
  endpoint?: string
  /** Instead of those that the SDK finds in its environment. */
  credentials?: { accessKeyId: string; secretAccessKey: string }
}

export type AwsAnswer<Reply> =
  | { ok: true; reply: Reply; awsRequestId: string | undefined }
  | { ok: false; failure: AwsFailure }

/** Time to open a connection, in milliseconds: an address that nobody answers at is known sooner than a slow reply. */
const CONNECTION_TIMEOUT_MS = 2_000

/**
 * A connection that was idle for so long is closed, in milliseconds, unless AWS says how long it keeps them. Where AWS closes
 * it first, just as a request leaves on it, nobody can tell whether that was executed: a user would have to consent again.
 */
const IDLE_CONNECTION_MS = 4_000

/** No answer of AgentCore's is longer than the longest token and some words about it, in bytes. */
const LONGEST_ANSWER = 1_048_576

/** The SDK's own default, written down so that no variable of the environment changes it. */
const READ_ATTEMPTS = 3

/**
 * The one file that knows the AWS SDK. Every call ends, one way or the other: the SDK has no timeouts of its own. Its
 * requests go over undici, by the SDK's own handler for it, which takes a third to a half off their transport.
 *
 * To load undici is to give Node's `fetch` this version of it. The client must not be destroyed: the handler would go on with
 * that global dispatcher, and without our limits.
 *
 * @param attempts `read` leaves the SDK's retries on, within twice `timeoutMs` for the whole call. `once` sends a request
 *   one time: what may have been executed is not sent again behind our back.
 */
export function createAwsClient(settings: AwsClientSettings, attempts: 'read' | 'once') {
  const { region, timeoutMs, endpoint, credentials } = settings
  const client = new BedrockAgentCoreClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    // Nobody adds to the stack of handlers once the client is made, so it need not be put together for each call.
    cacheMiddleware: true,
    retryMode: 'standard',
    maxAttempts: attempts === 'read' ? READ_ATTEMPTS : 1,
    requestHandler: new UndiciHttpHandler({
      dispatcher: new Agent({
        connections: 50,
        connect: { timeout: Math.min(CONNECTION_TIMEOUT_MS, timeoutMs) },
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        keepAliveTimeout: IDLE_CONNECTION_MS,
        maxResponseSize: LONGEST_ANSWER,
        // What all of this is tested with.
        allowH2: false,
      }),
    }),
  })
  const deadlineMs = attempts === 'read' ? 2 * timeoutMs : timeoutMs

  return {
    mintForJwt: (workloadName: string, userToken: string) =>
      answer(deadlineMs, (abortSignal) =>
        client.send(new GetWorkloadAccessTokenForJWTCommand({ workloadName, userToken }), { abortSignal }),
      ),
    mintForUserId: (workloadName: string, userId: string) =>
      answer(deadlineMs, (abortSignal) =>
        client.send(new GetWorkloadAccessTokenForUserIdCommand({ workloadName, userId }), { abortSignal }),
      ),
    mintWithoutUser: (workloadName: string) =>
      answer(deadlineMs, (abortSignal) =>
        client.send(new GetWorkloadAccessTokenCommand({ workloadName }), { abortSignal }),
      ),
    getResourceApiKey: (workloadIdentityToken: string, resourceCredentialProviderName: string) =>
      answer(deadlineMs, (abortSignal) =>
        client.send(new GetResourceApiKeyCommand({ workloadIdentityToken, resourceCredentialProviderName }), {
          abortSignal,
        }),
      ),
    getResourceOauth2Token: (input: GetResourceOauth2TokenCommandInput) =>
      answer(deadlineMs, (abortSignal) => client.send(new GetResourceOauth2TokenCommand(input), { abortSignal })),
    completeResourceTokenAuth: (sessionUri: string, userIdentifier: { userToken: string } | { userId: string }) =>
      answer(deadlineMs, (abortSignal) =>
        client.send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier }), { abortSignal }),
      ),
  }
}

async function answer<Reply extends { $metadata: { requestId?: string | undefined } }>(
  deadlineMs: number,
  send: (abortSignal: AbortSignal) => Promise<Reply>,
): Promise<AwsAnswer<Reply>> {
  const abort = new AbortController()
  let timer: NodeJS.Timeout | undefined
  // The abort signal reaches the HTTP request only; the race also ends a wait for credentials or for the next attempt.
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(Object.assign(new Error('The deadline of the whole call is over'), { name: 'DeadlineExceeded' }))
      abort.abort()
    }, deadlineMs)
  })
  try {
    const reply = await Promise.race([send(abort.signal), deadline])
    return { ok: true, reply, awsRequestId: reply.$metadata.requestId }
  } catch (error) {
    return { ok: false, failure: describeFailure(error) }
  } finally {
    clearTimeout(timer)
  }
}
