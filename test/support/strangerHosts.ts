/** The hosts outside of a gateway whose people sign in, all of them played by the test. */

/** An issuer of OpenID Connect. */
export const ISSUER = 'https://accounts.google.test'
/** Takes the gateway's mail. */
export const MAILBOX = 'https://mailbox.test/'
/** A site of OAuth clients: each path is the metadata document of one. */
export const CLIENTS = 'https://clients.example.com'
