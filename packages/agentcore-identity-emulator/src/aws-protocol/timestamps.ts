/** restJson1 timestamps are epoch seconds; an ISO string makes the JavaScript SDK throw. */
export const epochSeconds = (milliseconds: number) => milliseconds / 1000
