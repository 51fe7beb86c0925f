export const CONTAINER_PORT = 8080
/** Unless the URL of an existing store has another one. */
export const STORE_PORT = 6379
