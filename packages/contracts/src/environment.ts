import { z } from 'zod'
import { authorizationParameters } from './authorization-parameters.ts'
import {
  count,
  everyService,
  fromZero,
  httpsOrLoopback,
  keyRing,
  milliseconds,
  origin,
  providerList,
  providers,
  revocationFunctions,
  seconds,
  sharingNoKey,
} from './environment-fields.ts'
import { ANSWER_DRAIN_SECONDS } from './events.ts'
import { AGENTCORE_AUTHORIZATION_SECONDS, START_GRACE_SECONDS } from './start.ts'

const shared = { ...everyService, USER_SESSION_KEYS: keyRing, IDENTITY_ARTIFACT_KEYS: keyRing }

/**
 * Session binding has no key that opens the record of the user's tokens, a turn or an authorization URL. An identity artifact,
 * which it opens, is a token of the user in the mode `jwt`.
 */
export const SessionBindingEnvironment = z
  .object({
    ...shared,
    BINDING_OUTCOME_WAIT_MS: milliseconds.default(3_000),
    RETURNS_PER_USER_SESSION_PER_MINUTE: count.default(30),
    /** For requests without a user session. */
    RETURNS_PER_ADDRESS_PER_MINUTE: count.default(120),
  })
  .superRefine(sharingNoKey('USER_SESSION_KEYS', 'IDENTITY_ARTIFACT_KEYS'))
export type SessionBindingEnvironment = z.infer<typeof SessionBindingEnvironment>

export const AgentWorkloadEnvironment = z
  .object({
    ...shared,
    USER_SESSION_IDLE_SECONDS: seconds.default(3_600),
    USER_SESSION_ABSOLUTE_SECONDS: seconds.default(43_200),
    USER_TOKENS_KEYS: keyRing,
    TURN_KEYS: keyRing,
    /** The MCP server has the same ring. Where there is no MCP server, `TURN_KEYS` take its place. */
    CONNECTION_KEYS: keyRing.optional(),
    OIDC_ISSUER: httpsOrLoopback(z.url()),
    OIDC_CLIENT_ID: z.string().min(1),
    OIDC_CLIENT_SECRET: z.string().min(1),
    /** Space-separated. Some issuers send a refresh token only for `offline_access` (docs/sign-in.md). */
    OIDC_SCOPES: z.string().min(1).default('openid profile email'),
    /** JSON. An example is Auth0's `audience`. */
    OIDC_AUTHORIZATION_PARAMETERS: authorizationParameters.default({}),
    OIDC_SIGN_OUT: z.enum(['rp-initiated', 'cognito']).default('rp-initiated'),
    /** `on` when the route is registered at the issuer for this client. */
    OIDC_BACK_CHANNEL_LOGOUT: z.enum(['off', 'on']).default('off'),
    /** Its members may end other users. Absent: no administrators. */
    ADMIN_GROUP: z.string().min(1).max(256).optional(),
    /** Of the ID token. */
    ADMIN_GROUP_CLAIM: z.string().min(1).max(256).default('cognito:groups'),
    ADMIN_SIGN_IN_MAX_AGE_SECONDS: seconds.default(900),
    /** `off`: `GET /` has no chat. */
    CHAT_PAGE: z.enum(['on', 'off']).default('on'),
    WORKLOAD_NAME: z.string().regex(/^[A-Za-z0-9_.-]{3,255}$/),
    IDENTITY_ARTIFACT_MODE: z.enum(['jwt', 'user-id']).default('jwt'),
    /** Begins the user's id in the mode `user-id`: users of two issuers must not get the same one. */
    USER_ID_PREFIX: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,32}$/)
      .default('cognito'),
    WORKLOAD_ACCESS_TOKEN_TTL_SECONDS: seconds.default(600),
    /**
     * How long access is cached at the most: AgentCore reports no expiry. A key that was replaced at AgentCore may be used until
     * then.
     */
    ACCESS_WITHOUT_CONSENT_TTL_SECONDS: seconds.max(3_600).default(300),
    /** No browser is sent to an authorization URL of another origin. */
    AUTHORIZATION_URL_ORIGIN: httpsOrLoopback(origin),
    PENDING_AUTHORIZATION_TTL_SECONDS: seconds
      .max(AGENTCORE_AUTHORIZATION_SECONDS)
      .default(AGENTCORE_AUTHORIZATION_SECONDS),
    PENDING_AUTHORIZATIONS_PER_USER_SESSION: count.default(10),
    /** In one browser. `many` is safe only when AgentCore sets a cookie for each authorization. */
    CONSENTS_AT_ONCE: z.enum(['one', 'many']).default('one'),
    /** A sign-in takes two requests. */
    SIGN_IN_REQUESTS_PER_ADDRESS_PER_MINUTE: count.default(300),
    /** Only refused logout tokens count. */
    BACK_CHANNEL_LOGOUTS_PER_ADDRESS_PER_MINUTE: count.default(600),
    /** Answers to confirmations have the same limit and are counted separately. */
    TURNS_PER_USER_PER_MINUTE: count.default(30),
    /** A tab may start one for each turn that it shows. */
    TURN_STREAMS_PER_USER_PER_MINUTE: count.default(1_200),
    /** In one process. */
    TURNS_AT_ONCE_PER_USER: count.default(4),
    CONVERSATION_READS_PER_USER_PER_MINUTE: count.default(120),
    /** The list of connected accounts and the starts of its event streams. Lists of consent requests have the same limit, counted separately. */
    CONNECTION_READS_PER_USER_PER_MINUTE: count.default(120),
    /** Cancellations have the same limit and are counted separately. */
    STARTS_PER_USER_SESSION_PER_MINUTE: count.default(30),
    /** Starts without a user session, or sent by another site. */
    REFUSED_STARTS_PER_ADDRESS_PER_MINUTE: count.default(60),
    CONNECTS_PER_USER_SESSION_PER_MINUTE: count.default(20),
    /** Downloads. Erasures have the same limit and are counted separately. */
    PERSONAL_DATA_REQUESTS_PER_USER_PER_MINUTE: count.default(10),
    /** Open at a time, in one process. */
    EVENT_STREAMS_PER_USER_SESSION: count.default(20),
    /** A stream is closed when its buffer is full and is not sent within this time. */
    EVENT_STREAM_STALL_SECONDS: seconds.max(ANSWER_DRAIN_SECONDS).default(ANSWER_DRAIN_SECONDS),
    /** A waiting turn does not renew it, so it must exceed the time that a consent can take. */
    CONVERSATION_TTL_SECONDS: seconds.min(AGENTCORE_AUTHORIZATION_SECONDS + START_GRACE_SECONDS).default(86_400),
    CONVERSATION_MAX_TURNS: count.default(200),
    CONVERSATIONS_PER_USER: count.default(100),
    /** Of all conversations of a user: messages, answers and the agent's memory, sealed. */
    CONVERSATION_BYTES_PER_USER: count.default(16_777_216),
    /** For one message of the model. */
    TOOL_CALLS_PER_MESSAGE: count.default(20),
    /** How many changes at vendors a turn makes at the most without asking its user. */
    EFFECTS_PER_TURN: fromZero(Number.MAX_SAFE_INTEGER).default(5),
    CONFIRMATION_TTL_SECONDS: seconds.max(AGENTCORE_AUTHORIZATION_SECONDS).default(AGENTCORE_AUTHORIZATION_SECONDS),
    /** The agent asks before any change there, unless the user has chosen otherwise. */
    ASK_FIRST_PROVIDERS: providerList.default([]),
    /** Of one process at one provider. */
    VENDOR_CALLS_AT_ONCE: count.default(16),
    /** A run that has not renewed its lease for this long counts as dead. */
    TURN_LEASE_SECONDS: seconds.default(15),
    MODEL_PROVIDER: z.enum(['bedrock', 'openai', 'scripted']),
    BEDROCK_MODEL_ID: z.string().min(1).optional(),
    OPENAI_BASE_URL: httpsOrLoopback(z.url()).optional(),
    OPENAI_API_KEY: z.string().min(1).optional(),
    OPENAI_MODEL: z.string().min(1).optional(),
    /** Bedrock: the longest time without a part of the answer. OpenAI: the longest wait, in each attempt, until an answer begins. */
    MODEL_TIMEOUT_MS: milliseconds.default(120_000),
    VENDOR_TIMEOUT_MS: milliseconds.default(10_000),
    /** For one read of an account's name. Default: 3 s. */
    ACCOUNT_TIMEOUT_MS: milliseconds.optional(),
    PROVIDERS: providers.default({}),
    /** JSON: by provider id, the name of an AWS Lambda function. */
    REVOCATION_FUNCTIONS: revocationFunctions.default({}),
  })
  .superRefine((environment, context) => {
    const needed = [
      ...(environment.MODEL_PROVIDER === 'bedrock' ? (['BEDROCK_MODEL_ID'] as const) : []),
      ...(environment.MODEL_PROVIDER === 'openai'
        ? (['OPENAI_BASE_URL', 'OPENAI_API_KEY', 'OPENAI_MODEL'] as const)
        : []),
    ]
    for (const name of needed) {
      if (environment[name] === undefined)
        context.addIssue({ code: 'custom', path: [name], message: 'is needed with this MODEL_PROVIDER' })
    }
  })
  .superRefine(
    sharingNoKey('USER_SESSION_KEYS', 'IDENTITY_ARTIFACT_KEYS', 'USER_TOKENS_KEYS', 'TURN_KEYS', 'CONNECTION_KEYS'),
  )
export type AgentWorkloadEnvironment = z.infer<typeof AgentWorkloadEnvironment>

/** Read by the AWS SDK itself. */
export const AWS_SDK_VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_ENDPOINT_URL_BEDROCK_AGENTCORE',
  'AWS_ENDPOINT_URL_LAMBDA',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
] as const
