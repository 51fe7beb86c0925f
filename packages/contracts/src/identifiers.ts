import { z } from 'zod'

/** A Redis hash tag. An id that begins with a tag and a dot is enough to find its record. */
const tag = '[A-Za-z0-9_-]{22}'

/**
 * The first 132 bits of SHA-256 over the session id, base64url. The session id, which the cookie contains, is in no Redis key: read
 * access to Redis must not reveal it.
 */
export const UserSessionRef = z
  .string()
  .regex(new RegExp(`^${tag}$`))
  .brand<'UserSessionRef'>()
export type UserSessionRef = z.infer<typeof UserSessionRef>

/** The first 132 bits of SHA-256 over issuer and subject, base64url. */
export const UserRef = z
  .string()
  .regex(new RegExp(`^${tag}$`))
  .brand<'UserRef'>()
export type UserRef = z.infer<typeof UserRef>

/** The first 132 bits of SHA-256 over issuer and `sid`, base64url. */
export const IssuerSessionRef = z
  .string()
  .regex(new RegExp(`^${tag}$`))
  .brand<'IssuerSessionRef'>()
export type IssuerSessionRef = z.infer<typeof IssuerSessionRef>

/** 128 random bits, base64url. It names no owner, because a client shows it in a link. Not a secret: it authorizes nothing. */
export const AuthorizationId = z
  .string()
  .regex(new RegExp(`^${tag}$`))
  .brand<'AuthorizationId'>()
export type AuthorizationId = z.infer<typeof AuthorizationId>

/** `<user session ref>.<128 random bits>`, base64url: enough to find the record. Not a secret: it authorizes nothing. */
export const StartId = z
  .string()
  .regex(new RegExp(`^${tag}\\.[A-Za-z0-9_-]{22}$`))
  .brand<'StartId'>()
export type StartId = z.infer<typeof StartId>

/** 132 bits, base64url: random, or a hash if the request has an idempotency key. */
export const ConversationId = z
  .string()
  .regex(new RegExp(`^${tag}$`))
  .brand<'ConversationId'>()
export type ConversationId = z.infer<typeof ConversationId>

/** `<conversation id>.<66 bits>`, base64url: random, or a hash if the request has an idempotency key. */
export const TurnId = z
  .string()
  .regex(new RegExp(`^${tag}\\.[A-Za-z0-9_-]{11}$`))
  .brand<'TurnId'>()
export type TurnId = z.infer<typeof TurnId>

/** What waits for an authorization: a turn, by its id, or a call of an MCP client, by a digest. */
export const WaiterId = z.string().min(1).brand<'WaiterId'>()
export type WaiterId = z.infer<typeof WaiterId>

/** `<turn id>.<64 random bits>`, base64url. Not a secret: it authorizes nothing. */
export const ConfirmationId = z
  .string()
  .regex(new RegExp(`^${tag}\\.[A-Za-z0-9_-]{11}\\.[A-Za-z0-9_-]{11}$`))
  .brand<'ConfirmationId'>()
export type ConfirmationId = z.infer<typeof ConfirmationId>

/** Neither the start nor the user session has to exist. */
export function userSessionRefOf(id: StartId): UserSessionRef {
  return id.slice(0, id.indexOf('.')) as UserSessionRef
}

export function conversationIdOf(turnId: TurnId): ConversationId {
  return turnId.slice(0, turnId.indexOf('.')) as ConversationId
}

export function turnIdOf(confirmationId: ConfirmationId): TurnId {
  return confirmationId.slice(0, confirmationId.lastIndexOf('.')) as TurnId
}
