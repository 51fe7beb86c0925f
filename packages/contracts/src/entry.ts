import { z } from 'zod'

/**
 * A key of AgentCore's token vault, as it was sent. It is kept with what points to it: an edit of a provider's folder changes no key. Two consents
 * never share an entry, because each has a random label, unless the provider's folder says that no label separates (`label: 'none'`).
 */
export const Entry = z.object({
  credentialProvider: z.string().min(1),
  /** Space-separated and sorted. */
  scopes: z.string(),
  /** The whole map of custom parameters. */
  parameters: z.record(z.string(), z.string()),
  /** What is added to the user id, where the label is part of it. */
  userIdSuffix: z.string().optional(),
})
export type Entry = z.infer<typeof Entry>
