/** The e-mail address of the demo account, which is the owner's in `npm run dev`. */
export const DEMO_EMAIL = 'demo@example.com'
