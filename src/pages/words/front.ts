/** The words of the front page and of the reference. */
import { catalogue } from '../words.ts'

export const FRONT = catalogue({
  title: {
    en: 'An API for programs and for people',
    tr: 'Programlar ve insanlar için bir API',
    es: 'Una API para programas y para personas',
  },
  lead: {
    en: 'Call it with a key, connect it to an assistant, or let an agent pay for each call. Everything below is what runs right now.',
    tr: 'Bir anahtarla çağırın, bir asistana bağlayın ya da bir ajanın her çağrı için ödeme yapmasına izin verin. Aşağıdakilerin hepsi şu anda çalışıyor.',
    es: 'Llámela con una clave, conéctela a un asistente o deje que un agente pague cada llamada. Todo lo que sigue es lo que funciona ahora mismo.',
  },
  plainLead: {
    en: 'Everything below is what runs right now.',
    tr: 'Aşağıdakilerin hepsi şu anda çalışıyor.',
    es: 'Todo lo que sigue es lo que funciona ahora mismo.',
  },
  getKey: { en: 'Get an API key', tr: 'API anahtarı alın', es: 'Obtener una clave de API' },
  reference: { en: 'Reference', tr: 'Başvuru', es: 'Referencia' },
  developer: { en: 'As a developer', tr: 'Geliştirici olarak', es: 'Como desarrollador' },
  developerHow: {
    en: 'Sign in, create a key, and send it in the header {header}.',
    tr: 'Giriş yapın, bir anahtar oluşturun ve {header} başlığında gönderin.',
    es: 'Inicie sesión, cree una clave y envíela en la cabecera {header}.',
  },
  developerSends: {
    en: 'Send your key in the header {header}.',
    tr: 'Anahtarınızı {header} başlığında gönderin.',
    es: 'Envíe su clave en la cabecera {header}.',
  },
  person: { en: 'As a person', tr: 'Kişi olarak', es: 'Como persona' },
  personHow: {
    en: 'Sign in with your e-mail address, without a password. You see your keys, what they are used for, and which applications have access.',
    tr: 'E-posta adresinizle, parolasız giriş yapın. Anahtarlarınızı, nerede kullanıldıklarını ve hangi uygulamaların erişimi olduğunu görürsünüz.',
    es: 'Inicie sesión con su correo, sin contraseña. Verá sus claves, para qué se usan y qué aplicaciones tienen acceso.',
  },
  mcp: { en: 'With an MCP client', tr: 'Bir MCP istemcisiyle', es: 'Con un cliente MCP' },
  mcpHow: {
    en: 'Add this address to your assistant. It will ask you to sign in and to allow access.',
    tr: 'Bu adresi asistanınıza ekleyin. Giriş yapmanızı ve erişime izin vermenizi isteyecektir.',
    es: 'Añada esta dirección a su asistente. Le pedirá que inicie sesión y permita el acceso.',
  },
  mcpWithKey: {
    en: 'Add this address to your assistant, with your key in the header {header}.',
    tr: 'Bu adresi, anahtarınız {header} başlığında olacak şekilde asistanınıza ekleyin.',
    es: 'Añada esta dirección a su asistente, con su clave en la cabecera {header}.',
  },
  agent: { en: 'As a paying agent', tr: 'Ödeyen bir ajan olarak', es: 'Como agente que paga' },
  agentHow: {
    en: 'No account is needed. A call without a credential answers 402 with its price; a client of the Machine Payments Protocol pays and gets the answer.',
    tr: 'Hesap gerekmez. Kimlik bilgisi olmayan bir çağrı, fiyatıyla birlikte 402 yanıtı alır; Machine Payments Protocol kullanan bir istemci öder ve yanıtı alır.',
    es: 'No hace falta cuenta. Una llamada sin credencial recibe un 402 con su precio; un cliente del Machine Payments Protocol paga y recibe la respuesta.',
  },
  routes: { en: 'Routes', tr: 'Rotalar', es: 'Rutas' },
  route: { en: 'Route', tr: 'Rota', es: 'Ruta' },
  callers: { en: 'Who may call', tr: 'Kim çağırabilir', es: 'Quién puede llamar' },
  price: { en: 'Price without an account', tr: 'Hesapsız fiyat', es: 'Precio sin cuenta' },
  base: {
    en: 'Paths are below {base}. “*” stands for every method, and “/*” for all that is below a path.',
    tr: 'Yollar {base} altındadır. “*” her yöntemi, “/*” bir yolun altındaki her şeyi belirtir.',
    es: 'Las rutas están bajo {base}. «*» significa cualquier método y «/*» todo lo que hay bajo una ruta.',
  },
  programs: {
    en: 'For programs: {list}',
    tr: 'Programlar için: {list}',
    es: 'Para programas: {list}',
  },
})

export const REFERENCE = catalogue({
  title: { en: 'API reference', tr: 'API başvurusu', es: 'Referencia de la API' },
  lead: {
    en: 'Every route, from {document}. “Authorize” takes a key to try calls with.',
    tr: '{document} belgesindeki her rota. “Authorize” düğmesi, çağrıları denemek için bir anahtar alır.',
    es: 'Todas las rutas, según {document}. «Authorize» acepta una clave para probar llamadas.',
  },
  script: {
    en: 'The interactive part needs JavaScript. The front page lists every route without it.',
    tr: 'Etkileşimli bölüm için JavaScript gerekir. Ön sayfa, rotaların tümünü JavaScript olmadan da listeler.',
    es: 'La parte interactiva necesita JavaScript. La portada lista todas las rutas sin él.',
  },
  unreachableTitle: {
    en: 'The reference could not be loaded',
    tr: 'Başvuru yüklenemedi',
    es: 'No se pudo cargar la referencia',
  },
  unreachable: {
    en: 'Check your connection, then try again.',
    tr: 'Bağlantınızı kontrol edin, sonra yeniden deneyin.',
    es: 'Compruebe su conexión e inténtelo de nuevo.',
  },
})
