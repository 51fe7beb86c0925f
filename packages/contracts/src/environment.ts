import { z } from 'zod'
import { authorizationParameters } from './authorization-parameters.ts'
import {
  count,
  everyService,
  httpsOrLoopback,
  keyRing,
  milliseconds,
  origin,
  providerList,
  providers,
  seconds,
} from './environment-fields.ts'
import { ANSWER_DRAIN_SECONDS } from './events.ts'
import { AGENTCORE_AUTHORIZATION_SECONDS } from './pending-authorization.ts'

const shared = { ...everyService, USER_SESSION_KEYS: keyRing, IDENTITY_ARTIFACT_KEYS: keyRing }

/** What the session binding container reads. It holds no key that opens a user token, a turn or an authorization URL. */
export const SessionBindingEnvironment = z.object({
  ...shared,
  /** How long a repeated return waits for the outcome of the first one. */
  BINDING_OUTCOME_WAIT_MS: milliseconds.default(3_000),
  RETURNS_PER_USER_SESSION_PER_MINUTE: count.default(30),
  /** Of browsers without a user session: whoever shares an address shares this. */
  RETURNS_PER_ADDRESS_PER_MINUTE: count.default(120),
})
export type SessionBindingEnvironment = z.infer<typeof SessionBindingEnvironment>

/** What the agent workload container reads. */
export const AgentWorkloadEnvironment = z
  .object({
    ...shared,
    USER_SESSION_IDLE_SECONDS: seconds.default(3_600),
    USER_SESSION_ABSOLUTE_SECONDS: seconds.default(43_200),
    USER_TOKENS_KEYS: keyRing,
    TURN_KEYS: keyRing,
    /**
     * Where there is an MCP server, which has this ring too: seals what both read of a user, connections and consent requests.
     * Without it there is no MCP server, and connections are sealed under `TURN_KEYS`.
     */
    CONNECTION_KEYS: keyRing.optional(),
    OIDC_ISSUER: httpsOrLoopback(z.url()),
    OIDC_CLIENT_ID: z.string().min(1),
    OIDC_CLIENT_SECRET: z.string().min(1),
    /** Space-separated. Some issuers send a refresh token only for `offline_access` (docs/sign-in.md). */
    OIDC_SCOPES: z.string().min(1).default('openid profile email'),
    /** JSON: further parameters of the authorization request, such as Auth0's `audience`. */
    OIDC_AUTHORIZATION_PARAMETERS: authorizationParameters.default({}),
    /** Cognito's sign-out takes parameters of its own; others follow OpenID Connect RP-Initiated Logout. */
    OIDC_SIGN_OUT: z.enum(['rp-initiated', 'cognito']).default('rp-initiated'),
    /** `on` where the issuer sends logout tokens and has the route registered for this client. Cognito has none. */
    OIDC_BACK_CHANNEL_LOGOUT: z.enum(['off', 'on']).default('off'),
    /** `off` where another application asks through the API: `GET /` then says who is signed in, and nothing more. */
    CHAT_PAGE: z.enum(['on', 'off']).default('on'),
    WORKLOAD_NAME: z.string().regex(/^[A-Za-z0-9_.-]{3,255}$/),
    IDENTITY_ARTIFACT_MODE: z.enum(['jwt', 'user-id']).default('jwt'),
    /** In front of the subject in mode `user-id`, so that two issuers' subjects never meet. */
    USER_ID_PREFIX: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,32}$/)
      .default('cognito'),
    WORKLOAD_ACCESS_TOKEN_TTL_SECONDS: seconds.default(600),
    /**
     * How long this process uses what it got without a consent before it asks AgentCore again: an exchanged token, the agent's own token
     * or an API key, none of which says when it ends. A key that was replaced at AgentCore is noticed after this time.
     */
    ACCESS_WITHOUT_CONSENT_TTL_SECONDS: seconds.max(3_600).default(300),
    /** Where AgentCore's authorization URLs point; a redirect to any other origin is refused. */
    AUTHORIZATION_URL_ORIGIN: httpsOrLoopback(origin),
    PENDING_AUTHORIZATION_TTL_SECONDS: seconds
      .max(AGENTCORE_AUTHORIZATION_SECONDS)
      .default(AGENTCORE_AUTHORIZATION_SECONDS),
    PENDING_AUTHORIZATIONS_PER_USER_SESSION: count.default(10),
    /**
     * How many consents one browser may have open. `one`: a start asks first when another consent is open. `many`: only for
     * when AgentCore has been seen to keep a cookie for each authorization.
     */
    CONSENTS_AT_ONCE: z.enum(['one', 'many']).default('one'),
    /** Leaving for the issuer and coming back are a request each. A whole office may share an address. */
    SIGN_IN_REQUESTS_PER_ADDRESS_PER_MINUTE: count.default(300),
    /** An issuer that ends the sessions of many users at once sends them all from its own few addresses. */
    BACK_CHANNEL_LOGOUTS_PER_ADDRESS_PER_MINUTE: count.default(600),
    /** Over all of the user's sessions. */
    TURNS_PER_USER_PER_MINUTE: count.default(30),
    /** In one process; further ones of this user wait, and nobody else's do. */
    TURNS_AT_ONCE_PER_USER: count.default(4),
    /** Each answer is a page of a conversation. */
    CONVERSATION_READS_PER_USER_PER_MINUTE: count.default(120),
    STARTS_PER_USER_SESSION_PER_MINUTE: count.default(30),
    /** Starts that nobody is signed in to, or that another site sent: what is beyond it is turned away without a line in the trail. */
    REFUSED_STARTS_PER_ADDRESS_PER_MINUTE: count.default(60),
    /** Connecting ahead of any chat: each asks AgentCore. */
    CONNECTS_PER_USER_SESSION_PER_MINUTE: count.default(20),
    /** Open at a time, in one process. */
    EVENT_STREAMS_PER_USER_SESSION: count.default(20),
    /** A reader that takes nothing for this long is cut off; no answer gets more. */
    EVENT_STREAM_STALL_SECONDS: seconds.max(ANSWER_DRAIN_SECONDS).default(ANSWER_DRAIN_SECONDS),
    CONVERSATION_TTL_SECONDS: seconds.default(86_400),
    /** A conversation that has come to either takes no more messages. */
    CONVERSATION_MAX_TURNS: count.default(200),
    /** Of its messages, as they are sealed. */
    CONVERSATION_MAX_BYTES: count.default(1_048_576),
    /** Of one message of the model; the model is told of those beyond it, and no vendor is. */
    TOOL_CALLS_PER_MESSAGE: count.default(20),
    /** Changes at vendors that a turn begins by itself; for more it asks its user. 0 asks for each. */
    EFFECTS_PER_TURN: z.coerce.number().int().min(0).default(5),
    /** How long a turn waits for that answer. */
    CONFIRMATION_TTL_SECONDS: seconds.max(AGENTCORE_AUTHORIZATION_SECONDS).default(AGENTCORE_AUTHORIZATION_SECONDS),
    /** Where a user who has not chosen otherwise is asked before anything is changed: provider ids, separated by commas. */
    ASK_FIRST_PROVIDERS: providerList.default([]),
    /** Tool calls that one process has under way at one provider, half of them for users who have none. */
    VENDOR_CALLS_AT_ONCE: count.default(16),
    /** A run of a turn that has not been heard of for this long is taken for dead, and another replica starts over. */
    TURN_LEASE_SECONDS: seconds.default(15),
    MODEL_PROVIDER: z.enum(['bedrock', 'openai', 'scripted']),
    BEDROCK_MODEL_ID: z.string().min(1).optional(),
    OPENAI_BASE_URL: z.url().optional(),
    OPENAI_API_KEY: z.string().min(1).optional(),
    OPENAI_MODEL: z.string().min(1).optional(),
    /** Longest silence of the model, not longest answer. */
    MODEL_TIMEOUT_MS: milliseconds.default(120_000),
    VENDOR_TIMEOUT_MS: milliseconds.default(10_000),
    PROVIDERS: providers.default({}),
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
        context.addIssue({ code: 'custom', path: [name], message: 'is needed with what the other variables switch on' })
    }
    // Session binding has two of these rings: what it must not open may not be sealed with any key of them.
    const owners = new Map<string, string>()
    for (const ring of [...ALWAYS, 'CONNECTION_KEYS'] as const) {
      for (const secret of Object.values(environment[ring]?.keys ?? {})) {
        const owner = owners.get(secret) ?? ring
        if (owner !== ring)
          context.addIssue({ code: 'custom', path: [ring], message: `must not share a key with ${owner}` })
        owners.set(secret, owner)
      }
    }
  })
export type AgentWorkloadEnvironment = z.infer<typeof AgentWorkloadEnvironment>

const ALWAYS = ['USER_SESSION_KEYS', 'IDENTITY_ARTIFACT_KEYS', 'USER_TOKENS_KEYS', 'TURN_KEYS'] as const

/** Read by the AWS SDK itself, not by us: set by ECS in AWS, and to the emulator's values on a laptop. */
export const AWS_SDK_VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_ENDPOINT_URL_BEDROCK_AGENTCORE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
] as const
