import { z } from 'zod'

const time = z.looseObject({
  dateTime: z.iso.datetime({ offset: true, local: true }).optional(),
  date: z.iso.date().optional(),
  timeZone: z.string().optional(),
})

/** The route checks that start and end are present, because Google has its own errors for that. */
export const NewEvent = z.looseObject({
  /** Base32hex in lower case. */
  id: z
    .string()
    .regex(/^[a-v0-9]{5,1024}$/)
    .optional(),
  summary: z.string().default(''),
  description: z.string().optional(),
  location: z.string().optional(),
  start: time.optional(),
  end: time.optional(),
})

export const ListQuery = z.looseObject({
  timeMin: z.iso.datetime({ offset: true }).optional(),
  timeMax: z.iso.datetime({ offset: true }).optional(),
  singleEvents: z.enum(['true', 'false']).default('false'),
  orderBy: z.enum(['startTime', 'updated']).optional(),
  maxResults: z.coerce.number().int().positive().default(250),
  q: z.string().optional(),
})
