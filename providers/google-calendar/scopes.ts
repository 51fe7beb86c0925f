export const READ_SCOPE = 'https://www.googleapis.com/auth/calendar.events.readonly'
export const WRITE_SCOPE = 'https://www.googleapis.com/auth/calendar.events'
export const EMAIL_SCOPE = 'https://www.googleapis.com/auth/userinfo.email'
