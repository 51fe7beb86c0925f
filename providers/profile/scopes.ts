export const BASE_SCOPES = ['openid', 'profile', 'email']
