/** The words of signing in: its pages and its mail. */
import { catalogue } from '../words.ts'

export const SIGN_IN = catalogue({
  title: { en: 'Sign in', tr: 'Giriş yap', es: 'Iniciar sesión' },
  tooLong: {
    en: 'The address that you came from has more than {length} characters, so you cannot be sent back there. After signing in, start again where you came from.',
    tr: 'Geldiğiniz adres {length} karakterden uzun olduğu için oraya geri gönderilemezsiniz. Giriş yaptıktan sonra geldiğiniz yerden yeniden başlayın.',
    es: 'La dirección de la que viene tiene más de {length} caracteres, así que no podemos devolverle allí. Después de iniciar sesión, empiece de nuevo donde estaba.',
  },
  interrupted: {
    en: 'You were no longer signed in, so nothing was changed. Sign in, and you come back to the page; then send the form again.',
    tr: 'Oturumunuz kapanmıştı, bu yüzden hiçbir şey değiştirilmedi. Giriş yapınca sayfaya geri dönersiniz; formu yeniden gönderin.',
    es: 'Su sesión había terminado, así que no se ha cambiado nada. Inicie sesión y volverá a la página; entonces envíe el formulario otra vez.',
  },
  forApplication: {
    en: 'An application asks for access to your account. Sign in to see which one, and to decide.',
    tr: 'Bir uygulama hesabınıza erişmek istiyor. Hangisi olduğunu görmek ve karar vermek için giriş yapın.',
    es: 'Una aplicación pide acceso a su cuenta. Inicie sesión para ver cuál es y decidir.',
  },
  forNamed: {
    en: 'An application that calls itself {name} asks for access to your account. Sign in to decide.',
    tr: 'Kendine {name} diyen bir uygulama hesabınıza erişmek istiyor. Karar vermek için giriş yapın.',
    es: 'Una aplicación que se llama a sí misma {name} pide acceso a su cuenta. Inicie sesión para decidir.',
  },
  forHost: {
    en: 'An application of {name} asks for access to your account. Sign in to decide.',
    tr: '{name} adresinden bir uygulama hesabınıza erişmek istiyor. Karar vermek için giriş yapın.',
    es: 'Una aplicación de {name} pide acceso a su cuenta. Inicie sesión para decidir.',
  },
  noPassword: {
    en: 'We will send you a mail with a link and a code. Either signs you in. You do not need a password.',
    tr: 'Size bir bağlantı ve bir kod içeren bir e-posta göndereceğiz. İkisinden biriyle giriş yaparsınız. Parola gerekmez.',
    es: 'Le enviaremos un correo con un enlace y un código. Con cualquiera de los dos inicia sesión. No necesita contraseña.',
  },
  email: { en: 'E-mail', tr: 'E-posta', es: 'Correo electrónico' },
  google: {
    en: 'Sign in with Google',
    tr: 'Google ile giriş yap',
    es: 'Iniciar sesión con Google',
  },
  send: { en: 'Send the link', tr: 'Bağlantıyı gönder', es: 'Enviar el enlace' },
  invalidEmail: {
    en: 'Enter a valid e-mail address.',
    tr: 'Geçerli bir e-posta adresi girin.',
    es: 'Escriba una dirección de correo válida.',
  },
  code: { en: 'Code', tr: 'Kod', es: 'Código' },
  malformedCode: {
    en: 'A code has 8 letters and digits, like BCDF-2345.',
    tr: 'Kod, BCDF-2345 gibi 8 harf ve rakamdan oluşur.',
    es: 'Un código tiene 8 letras y cifras, como BCDF-2345.',
  },
  wrongCode: {
    en: 'This is not the code of the latest mail. Compare it and try again.',
    tr: 'Bu, son e-postadaki kod değil. Karşılaştırıp yeniden deneyin.',
    es: 'Este no es el código del último correo. Compárelo e inténtelo de nuevo.',
  },
  codeCare: {
    en: 'Type a code only if you asked for the mail yourself, here in this browser.',
    tr: 'Kodu yalnızca e-postayı bu tarayıcıda kendiniz istediyseniz yazın.',
    es: 'Escriba un código solo si usted mismo pidió el correo, aquí, en este navegador.',
  },
  sentTitle: { en: 'Check your mail', tr: 'E-postanıza bakın', es: 'Mire su correo' },
  sent: {
    en: 'We have sent a sign-in link and a code to {email}.',
    tr: '{email} adresine bir giriş bağlantısı ve bir kod gönderdik.',
    es: 'Hemos enviado un enlace de inicio de sesión y un código a {email}.',
  },
  openHere: {
    en: 'Open the link in this browser. If you read the mail on another device, type its code here.',
    tr: 'Bağlantıyı bu tarayıcıda açın. E-postayı başka bir cihazda okuyorsanız kodu buraya yazın.',
    es: 'Abra el enlace en este navegador. Si lee el correo en otro dispositivo, escriba aquí su código.',
  },
  expires: {
    en: 'Link and code work once and expire after {time}.',
    tr: 'Bağlantı ve kod bir kez kullanılabilir ve süresi {time} sonra dolar.',
    es: 'El enlace y el código sirven una vez y caducan en {time}.',
  },
  noMail: {
    en: 'No mail? Look in your spam folder, or {again}.',
    tr: 'E-posta gelmedi mi? Spam klasörüne bakın ya da {again}.',
    es: '¿No hay correo? Mire en la carpeta de spam o {again}.',
  },
  askAgain: {
    en: 'ask for another link',
    tr: 'yeni bir bağlantı isteyin',
    es: 'pida otro enlace',
  },
  codeTitle: { en: 'Enter the code', tr: 'Kodu girin', es: 'Escriba el código' },
  codeOfMail: {
    en: 'Type the code of the latest sign-in mail.',
    tr: 'Son giriş e-postasındaki kodu yazın.',
    es: 'Escriba el código del último correo de inicio de sesión.',
  },
  confirmTitle: { en: 'Is this you?', tr: 'Bu siz misiniz?', es: '¿Es usted?' },
  confirm: {
    en: 'You are about to sign in as {email}.',
    tr: '{email} olarak giriş yapmak üzeresiniz.',
    es: 'Va a iniciar sesión como {email}.',
  },
  doneTitle: { en: 'You are signed in', tr: 'Giriş yaptınız', es: 'Ha iniciado sesión' },
  account: { en: 'Your account: {email}', tr: 'Hesabınız: {email}', es: 'Su cuenta: {email}' },
  switchAccount: {
    en: 'Sign out and use another account',
    tr: 'Çıkış yap ve başka bir hesap kullan',
    es: 'Cerrar sesión y usar otra cuenta',
  },
  goOn: {
    en: 'Go on with this account',
    tr: 'Bu hesapla devam et',
    es: 'Seguir con esta cuenta',
  },
  otherWay: {
    en: 'Sign in another way',
    tr: 'Başka bir yolla giriş yap',
    es: 'Iniciar sesión de otra manera',
  },
  startAgain: { en: 'Start again', tr: 'Yeniden başla', es: 'Empezar de nuevo' },
  backToForm: { en: 'Back to the form', tr: 'Forma dön', es: 'Volver al formulario' },
  tryAgain: { en: 'Try again', tr: 'Yeniden dene', es: 'Intentar de nuevo' },
  newMail: { en: 'Ask for a new mail', tr: 'Yeni e-posta iste', es: 'Pedir otro correo' },
  newLink: { en: 'Ask for a new link', tr: 'Yeni bağlantı iste', es: 'Pedir otro enlace' },
  toSignIn: {
    en: 'To the sign-in page',
    tr: 'Giriş sayfasına git',
    es: 'Ir a la página de inicio de sesión',
  },
  otherAccount: {
    en: 'Use another account',
    tr: 'Başka bir hesap kullan',
    es: 'Usar otra cuenta',
  },
  mailNotSent: {
    en: 'The mail could not be sent. Try again in a minute.',
    tr: 'E-posta gönderilemedi. Bir dakika sonra yeniden deneyin.',
    es: 'No se pudo enviar el correo. Inténtelo de nuevo dentro de un minuto.',
  },
})

/** The words of the mail with a link and a code. */
export const SIGN_IN_MAIL = catalogue({
  subject: { en: 'Sign in to {site}', tr: '{site}: giriş yapın', es: 'Iniciar sesión en {site}' },
  open: {
    en: 'Open this link in the browser where you asked for it:',
    tr: 'Bu bağlantıyı, istediğiniz tarayıcıda açın:',
    es: 'Abra este enlace en el navegador donde lo pidió:',
  },
  elsewhere: {
    en: 'Reading this on another device? Type this code on the page that waits for it:',
    tr: 'Bunu başka bir cihazda mı okuyorsunuz? Bu kodu bekleyen sayfaya yazın:',
    es: '¿Lee esto en otro dispositivo? Escriba este código en la página que lo espera:',
  },
  care: {
    en: 'Type the code only on a page of {host} where you asked for this mail yourself. Never tell it to anybody.',
    tr: 'Kodu yalnızca bu e-postayı kendiniz istediğiniz bir {host} sayfasına yazın. Kimseye söylemeyin.',
    es: 'Escriba el código solo en una página de {host} donde usted mismo pidió este correo. No se lo diga a nadie.',
  },
  unasked: {
    en: 'If you did not ask for it, ignore this mail: nobody can sign in without the link or the code.',
    tr: 'Bunu siz istemediyseniz bu e-postayı dikkate almayın: bağlantı ya da kod olmadan kimse giriş yapamaz.',
    es: 'Si no lo pidió, ignore este correo: nadie puede iniciar sesión sin el enlace o el código.',
  },
})

/** The faults of a typed e-mail address. */
export const EMAIL_FAULTS = catalogue({
  form: {
    en: 'It has the form name@example.com.',
    tr: 'Biçimi ad@example.com gibidir.',
    es: 'Tiene la forma nombre@example.com.',
  },
  characters: {
    en: 'It must have no line breaks or other invisible characters.',
    tr: 'Satır sonu ya da başka görünmez karakter içeremez.',
    es: 'No puede tener saltos de línea ni otros caracteres invisibles.',
  },
  length: {
    en: 'It must have at most 254 characters, 64 of them before the "@".',
    tr: 'En çok 254 karakter olabilir; "@" öncesinde en çok 64.',
    es: 'Puede tener como máximo 254 caracteres, 64 de ellos antes de la "@".',
  },
  several: {
    en: 'Enter one address, with one "@".',
    tr: 'Tek bir "@" içeren tek bir adres girin.',
    es: 'Escriba una sola dirección, con una sola "@".',
  },
  local: {
    en: 'The part before the "@" may have letters from a to z, digits, dots between them, and signs.',
    tr: '"@" öncesindeki bölümde a-z harfleri, rakamlar, aralarında noktalar ve işaretler olabilir.',
    es: 'La parte anterior a la "@" puede tener letras de la a a la z, cifras, puntos entre ellas y signos.',
  },
  domain: {
    en: 'The part after the "@" must be a domain, like example.com.',
    tr: '"@" sonrasındaki bölüm, example.com gibi bir alan adı olmalıdır.',
    es: 'La parte posterior a la "@" debe ser un dominio, como example.com.',
  },
})
