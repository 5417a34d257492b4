/** The words around errors on pages; the errors' own are in `problemSentences.ts`. */
import { PAY_ONLY, type ProblemCode } from '../../http/problem.ts'
import type { Sentence } from '../../lib/locale.ts'
import { catalogue } from '../words.ts'

/** The titles of errors that people meet most, and the words around every error. */
export const PROBLEM = catalogue({
  failed: { en: 'That did not work', tr: 'Bu olmadı', es: 'Eso no funcionó' },
  ourFault: { en: 'Something went wrong', tr: 'Bir sorun oluştu', es: 'Algo salió mal' },
  linkInvalid: {
    en: 'This link does not work',
    tr: 'Bu bağlantı çalışmıyor',
    es: 'Este enlace no funciona',
  },
  linkElsewhere: {
    en: 'This link is for another browser',
    tr: 'Bu bağlantı başka bir tarayıcı için',
    es: 'Este enlace es para otro navegador',
  },
  codeInvalid: {
    en: 'This code does not work',
    tr: 'Bu kod çalışmıyor',
    es: 'Este código no funciona',
  },
  tooMany: { en: 'Too many attempts', tr: 'Çok fazla deneme', es: 'Demasiados intentos' },
  googleInvalid: {
    en: 'You are not signed in',
    tr: 'Giriş yapılmadı',
    es: 'No ha iniciado sesión',
  },
  googleUnverified: {
    en: 'You cannot sign in with Google',
    tr: 'Google ile giriş yapamazsınız',
    es: 'No puede iniciar sesión con Google',
  },
  disabled: { en: 'You cannot sign in', tr: 'Giriş yapamazsınız', es: 'No puede iniciar sesión' },
  unchecked: {
    en: 'This application could not be checked',
    tr: 'Bu uygulama denetlenemedi',
    es: 'No se pudo comprobar esta aplicación',
  },
  unavailable: {
    en: 'Not available right now',
    tr: 'Şu anda kullanılamıyor',
    es: 'No disponible en este momento',
  },
  nothingHere: { en: 'Nothing is here', tr: 'Burada bir şey yok', es: 'Aquí no hay nada' },
  needsCredential: {
    en: 'This needs a key or a sign-in',
    tr: 'Bunun için anahtar ya da giriş gerekir',
    es: 'Esto necesita una clave o iniciar sesión',
  },
  costs: {
    en: 'This call costs money',
    tr: 'Bu çağrı ücretlidir',
    es: 'Esta llamada cuesta dinero',
  },
  away: {
    en: 'The service does not answer',
    tr: 'Hizmet yanıt vermiyor',
    es: 'El servicio no responde',
  },
  payOnly: {
    en: PAY_ONLY,
    tr: 'Bu çağrı ücretlidir: ödeme isteğine göre ödeyin.',
    es: 'Esta llamada cuesta dinero: pague según su petición de pago.',
  },
  price: { en: 'Price', tr: 'Fiyat', es: 'Precio' },
  howToPay: {
    en: 'Programs pay by themselves: a client of the Machine Payments Protocol reads the challenge of this answer, pays it, and sends the call again.',
    tr: 'Programlar kendileri öder: Machine Payments Protocol kullanan bir istemci bu yanıttaki isteği okur, öder ve çağrıyı yeniden gönderir.',
    es: 'Los programas pagan solos: un cliente del Machine Payments Protocol lee la petición de esta respuesta, la paga y repite la llamada.',
  },
  orKey: {
    en: 'With an account there is nothing to pay for a call: sign in and create a key.',
    tr: 'Hesabınız varsa çağrı için ödeme yapılmaz: giriş yapıp bir anahtar oluşturun.',
    es: 'Con una cuenta no se paga por llamada: inicie sesión y cree una clave.',
  },
  howToCall: {
    en: 'Programs send a key in the header {header}.',
    tr: 'Programlar anahtarı {header} başlığında gönderir.',
    es: 'Los programas envían una clave en la cabecera {header}.',
  },
  makeKey: {
    en: 'Sign in to create a key.',
    tr: 'Anahtar oluşturmak için giriş yapın.',
    es: 'Inicie sesión para crear una clave.',
  },
  toKeys: { en: 'Get an API key', tr: 'API anahtarı alın', es: 'Obtener una clave de API' },
  toFront: {
    en: 'What this API offers',
    tr: 'Bu API neler sunuyor',
    es: 'Qué ofrece esta API',
  },
  again: {
    en: 'Try again in {time}.',
    tr: '{time} sonra yeniden deneyin.',
    es: 'Inténtelo de nuevo dentro de {time}.',
  },
  retry: { en: 'Try again', tr: 'Yeniden deneyin', es: 'Intentar de nuevo' },
  request: { en: 'Request: {id}', tr: 'İstek: {id}', es: 'Solicitud: {id}' },
})

export const PROBLEM_TITLES: Readonly<Partial<Record<ProblemCode, Sentence>>> = {
  sign_in_link_invalid: PROBLEM.linkInvalid,
  sign_in_elsewhere: PROBLEM.linkElsewhere,
  sign_in_code_invalid: PROBLEM.codeInvalid,
  sign_in_code_spent: PROBLEM.tooMany,
  sign_in_google_invalid: PROBLEM.googleInvalid,
  email_not_verified: PROBLEM.googleUnverified,
  account_not_admitted: PROBLEM.disabled,
  account_disabled: PROBLEM.disabled,
  client_document_unusable: PROBLEM.unchecked,
  rate_limit_exceeded: PROBLEM.tooMany,
  service_unavailable: PROBLEM.unavailable,
  not_found: PROBLEM.nothingHere,
  unauthenticated: PROBLEM.needsCredential,
  payment_required: PROBLEM.costs,
  payment_pending: PROBLEM.unavailable,
  origin_unavailable: PROBLEM.away,
  origin_timeout: PROBLEM.away,
}
