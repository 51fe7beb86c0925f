export const READ_SCOPE = 'https://www.googleapis.com/auth/calendar.readonly'
export const WRITE_SCOPE = 'https://www.googleapis.com/auth/calendar.events'
