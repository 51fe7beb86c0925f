import {
  type $Command,
  BedrockAgentCoreClient,
  type BedrockAgentCoreClientResolvedConfig,
  CompleteResourceTokenAuthCommand,
  GetResourceApiKeyCommand,
  GetResourceOauth2TokenCommand,
  type GetResourceOauth2TokenCommandInput,
  type GetResourceOauth2TokenCommandOutput,
  GetWorkloadAccessTokenCommand,
  GetWorkloadAccessTokenForJWTCommand,
  GetWorkloadAccessTokenForUserIdCommand,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-bedrock-agentcore'
import { UndiciHttpHandler } from '@smithy/undici-http-handler'
import { Agent } from 'undici'
import { type AwsFailure, describeFailure } from './aws-failure.ts'

export type { GetResourceOauth2TokenCommandInput, GetResourceOauth2TokenCommandOutput }

export interface AwsClientSettings {
  region: string
  /** For the headers, and for each further part of the body. The whole call ends after this time, or twice this time if the SDK may repeat it. */
  timeoutMs: number
  endpoint?: string
  credentials?: { accessKeyId: string; secretAccessKey: string }
}

export type AwsAnswer<Reply> =
  | { ok: true; reply: Reply; awsRequestId: string | undefined }
  | { ok: false; failure: AwsFailure }

const CONNECTION_TIMEOUT_MS = 2_000

/** We close idle connections before AWS does: if AWS closed one during a request, it would be unknown whether the request was executed. */
const IDLE_CONNECTION_MS = 4_000

/** In bytes. */
const LONGEST_ANSWER = 1_048_576

/** Set here so that no environment variable changes it. */
const READ_ATTEMPTS = 3

/**
 * undici needs less CPU time than the SDK's default transport. The client must not be destroyed: its handler would continue with the global
 * dispatcher, which does not have our limits.
 *
 * @param attempts with `once` the SDK does not repeat a call.
 */
export function createAwsClient(settings: AwsClientSettings, attempts: 'read' | 'once') {
  const { region, timeoutMs, endpoint, credentials } = settings
  const client = new BedrockAgentCoreClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
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
        // HTTP/1.1 only: our tests of lost and cut connections run over it.
        allowH2: false,
      }),
    }),
  })
  const deadlineMs = attempts === 'read' ? 2 * timeoutMs : timeoutMs

  const call = <Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(command: Command<Input, Output>) =>
    answer(deadlineMs, (abortSignal) => client.send(command, { abortSignal }))

  return {
    mintForJwt: (workloadName: string, userToken: string) =>
      call(new GetWorkloadAccessTokenForJWTCommand({ workloadName, userToken })),
    mintForUserId: (workloadName: string, userId: string) =>
      call(new GetWorkloadAccessTokenForUserIdCommand({ workloadName, userId })),
    mintWithoutUser: (workloadName: string) => call(new GetWorkloadAccessTokenCommand({ workloadName })),
    getResourceApiKey: (workloadIdentityToken: string, resourceCredentialProviderName: string) =>
      call(new GetResourceApiKeyCommand({ workloadIdentityToken, resourceCredentialProviderName })),
    getResourceOauth2Token: (input: GetResourceOauth2TokenCommandInput) =>
      call(new GetResourceOauth2TokenCommand(input)),
    completeResourceTokenAuth: (sessionUri: string, userIdentifier: { userToken: string } | { userId: string }) =>
      call(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier })),
  }
}

type Command<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = $Command<
  Input,
  Output,
  BedrockAgentCoreClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>

async function answer<Reply extends { $metadata: { requestId?: string | undefined } }>(
  deadlineMs: number,
  send: (abortSignal: AbortSignal) => Promise<Reply>,
): Promise<AwsAnswer<Reply>> {
  const abort = new AbortController()
  let timer: NodeJS.Timeout | undefined
  // The race also ends what the abort signal may not reach, such as a wait for credentials.
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(Object.assign(new Error('The deadline of the whole call has passed'), { name: 'DeadlineExceeded' }))
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
