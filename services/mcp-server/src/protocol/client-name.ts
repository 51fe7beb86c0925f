const LONGEST = 64

/**
 * Characters that are invisible, change the text's direction or break the line. They could change how the client id beside the name looks.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]/gu

/** The name that a client gives itself. It is displayed beside the client id. */
export const clientNameOf = (said: string | undefined): string | undefined =>
  said
    ?.slice(0, 4 * LONGEST)
    .replace(UNSEEN, '')
    .trim()
    .slice(0, LONGEST) || undefined
