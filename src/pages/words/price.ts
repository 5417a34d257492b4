/** Prices in words, and the kinds of credentials. */
import { catalogue } from '../words.ts'

export const PRICE = catalogue({
  call: { en: '{price} a call', tr: 'çağrı başına {price}', es: '{price} por llamada' },
  results: {
    en: '{price} for each {unit}, at most {most} a call',
    tr: 'her {unit} için {price}, bir çağrıda en çok {most}',
    es: '{price} por cada {unit}, como máximo {most} por llamada',
  },
})

export const CREDENTIALS = catalogue({
  api_key: { en: 'key', tr: 'anahtar', es: 'clave' },
  session: { en: 'session', tr: 'oturum', es: 'sesión' },
  oauth: { en: 'token', tr: 'belirteç', es: 'token' },
  payment: { en: 'payment', tr: 'ödeme', es: 'pago' },
  anonymous: { en: 'everybody', tr: 'herkes', es: 'cualquiera' },
})
