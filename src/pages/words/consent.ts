/** The words of asking for access to an account. */
import { catalogue } from '../words.ts'

export const CONSENT = catalogue({
  title: {
    en: 'Allow access to your account?',
    tr: 'Hesabınıza erişime izin verilsin mi?',
    es: '¿Permitir el acceso a su cuenta?',
  },
  nameless: {
    en: 'An application without a name asks for access to your account. {care}',
    tr: 'Adı olmayan bir uygulama hesabınıza erişmek istiyor. {care}',
    es: 'Una aplicación sin nombre pide acceso a su cuenta. {care}',
  },
  named: {
    en: 'An application that calls itself {name} asks for access to your account. {care}',
    tr: 'Kendine {name} diyen bir uygulama hesabınıza erişmek istiyor. {care}',
    es: 'Una aplicación que se llama a sí misma {name} pide acceso a su cuenta. {care}',
  },
  care: {
    en: 'Any application can use any name, so allow access only if you have just connected this application yourself.',
    tr: 'Her uygulama her adı kullanabilir; bu yüzden yalnızca bu uygulamayı az önce kendiniz bağladıysanız izin verin.',
    es: 'Cualquier aplicación puede usar cualquier nombre, así que permita el acceso solo si acaba de conectarla usted mismo.',
  },
  able: { en: 'It will be able to', tr: 'Şunları yapabilecek', es: 'Podrá' },
  onlyAt: { en: 'Only at', tr: 'Yalnızca şurada', es: 'Solo en' },
  publisher: { en: 'Published by', tr: 'Yayımlayan', es: 'Publicada por' },
  sentTo: { en: 'You will be sent to', tr: 'Yönlendirileceğiniz yer', es: 'Se le enviará a' },
  account: { en: 'Your account', tr: 'Hesabınız', es: 'Su cuenta' },
  howLong: { en: 'For how long', tr: 'Ne kadar süreyle', es: 'Durante cuánto tiempo' },
  toEnd: { en: 'To end it', tr: 'Sona erdirmek için', es: 'Para terminarlo' },
  disconnect: {
    en: 'Disconnect in the application',
    tr: 'Uygulamada bağlantıyı kesin',
    es: 'Desconéctela en la aplicación',
  },
  disconnectAt: {
    en: 'Disconnect in the application, or end its access at {url}',
    tr: 'Uygulamada bağlantıyı kesin ya da erişimini {url} adresinde sona erdirin',
    es: 'Desconéctela en la aplicación o termine su acceso en {url}',
  },
  untilIdle: {
    en: 'Until it has not been used for {time}, or until you end it',
    tr: '{time} boyunca kullanılmayana ya da siz sona erdirene kadar',
    es: 'Hasta que no se use durante {time}, o hasta que usted lo termine',
  },
  loopback: {
    en: '{bold} Any program there could be asking. Allow access only if you have just started a program that needs it.',
    tr: '{bold} O bilgisayardaki herhangi bir program istiyor olabilir. Yalnızca az önce buna gerek duyan bir program başlattıysanız izin verin.',
    es: '{bold} Podría estar pidiéndolo cualquier programa de ese equipo. Permita el acceso solo si acaba de iniciar un programa que lo necesita.',
  },
  loopbackBold: {
    en: 'Your answer goes to a program on your own computer.',
    tr: 'Yanıtınız kendi bilgisayarınızdaki bir programa gider.',
    es: 'Su respuesta va a un programa de su propio ordenador.',
  },
  program: {
    en: '{bold} Any program there may claim this kind of address. Allow access only if you have just connected this program yourself.',
    tr: '{bold} O cihazdaki herhangi bir program bu tür bir adresi üstlenebilir. Yalnızca bu programı az önce kendiniz bağladıysanız izin verin.',
    es: '{bold} Cualquier programa de ese dispositivo puede reclamar este tipo de dirección. Permita el acceso solo si acaba de conectar este programa usted mismo.',
  },
  programBold: {
    en: 'Your answer goes to the program {program} on your own device.',
    tr: 'Yanıtınız kendi cihazınızdaki {program} programına gider.',
    es: 'Su respuesta va al programa {program} de su propio dispositivo.',
  },
  refuse: { en: 'Refuse', tr: 'Reddet', es: 'Rechazar' },
  allow: { en: 'Allow', tr: 'İzin ver', es: 'Permitir' },
  notYours: {
    en: 'Not your account? {other}',
    tr: 'Sizin hesabınız değil mi? {other}',
    es: '¿No es su cuenta? {other}',
  },
})

/** The reasons why no consent page can be shown, or its answer not be taken. */
export const CONSENT_PROBLEM = catalogue({
  ended: {
    en: 'This request has already been answered or has expired. Start again in the application.',
    tr: 'Bu istek zaten yanıtlandı ya da süresi doldu. Uygulamada yeniden başlayın.',
    es: 'Esta solicitud ya se respondió o ha caducado. Empiece de nuevo en la aplicación.',
  },
  signedOut: {
    en: 'You are no longer signed in. Start again in the application.',
    tr: 'Oturumunuz kapanmış. Uygulamada yeniden başlayın.',
    es: 'Ya no ha iniciado sesión. Empiece de nuevo en la aplicación.',
  },
  tooLong: {
    en: "The application's URL is too long to return to after signing in: it may have {length} characters. The application has to ask with a shorter one.",
    tr: 'Uygulamanın adresi, giriş yaptıktan sonra dönülemeyecek kadar uzun: en çok {length} karakter olabilir. Uygulama daha kısa bir adresle istemelidir.',
    es: 'La URL de la aplicación es demasiado larga para volver a ella después de iniciar sesión: puede tener {length} caracteres. La aplicación tiene que hacer la petición con una más corta.',
  },
  unknown: {
    en: 'This application is not known here: no client has its client_id. Remove the connection in the application, then add it again.',
    tr: 'Bu uygulama burada bilinmiyor: client_id değeri hiçbir istemciye ait değil. Uygulamada bağlantıyı kaldırıp yeniden ekleyin.',
    es: 'Aquí no se conoce esta aplicación: ningún cliente tiene su client_id. Elimine la conexión en la aplicación y vuelva a añadirla.',
  },
  notRegistered: {
    en: 'This application has not registered its redirect_uri. Remove the connection in the application, then add it again.',
    tr: 'Bu uygulama redirect_uri adresini kaydetmemiş. Uygulamada bağlantıyı kaldırıp yeniden ekleyin.',
    es: 'Esta aplicación no ha registrado su redirect_uri. Elimine la conexión en la aplicación y vuelva a añadirla.',
  },
})
