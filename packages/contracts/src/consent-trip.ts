import { z } from 'zod'
import { AuthorizationId, type UserSessionRef } from './identifiers.ts'

/** Names the authorization that was started last. A hint: the authorization's own record decides. */
export const consentTripKey = (ref: UserSessionRef) => `consent-trip:{${ref}}`

/** `<authorization id> <Unix time in milliseconds>`. */
export const ConsentTrip = z
  .string()
  .transform((value) => {
    const [id, startedAt] = value.split(' ')
    return { id, startedAt }
  })
  .pipe(z.object({ id: AuthorizationId, startedAt: z.coerce.number<string | undefined>().int().positive() }))
export type ConsentTrip = z.infer<typeof ConsentTrip>

export const consentTripValue = ({ id, startedAt }: ConsentTrip) => `${id} ${startedAt}`
