/** The words of the pages of API keys. */
import { catalogue } from '../words.ts'

export const KEYS = catalogue({
  title: { en: 'API keys', tr: 'API anahtarları', es: 'Claves de API' },
  lead: {
    en: 'A key lets your programs call the API as you. Treat it like a password.',
    tr: 'Anahtar, programlarınızın API’yi sizin adınıza çağırmasını sağlar. Ona parola gibi davranın.',
    es: 'Una clave permite que sus programas llamen a la API en su nombre. Trátela como una contraseña.',
  },
  newTitle: { en: 'Create a key', tr: 'Anahtar oluştur', es: 'Crear una clave' },
  name: { en: 'Name', tr: 'Ad', es: 'Nombre' },
  nameHint: {
    en: 'Where the key will live, like “Production server” or “CI tests”.',
    tr: 'Anahtarın duracağı yer, örneğin “Üretim sunucusu” ya da “CI testleri”.',
    es: 'Dónde estará la clave, por ejemplo «Servidor de producción» o «Pruebas de CI».',
  },
  create: { en: 'Create key', tr: 'Anahtarı oluştur', es: 'Crear clave' },
  emptyTitle: {
    en: 'You have no keys yet',
    tr: 'Henüz anahtarınız yok',
    es: 'Todavía no tiene claves',
  },
  noneActiveTitle: {
    en: 'You have no active keys',
    tr: 'Etkin anahtarınız yok',
    es: 'No tiene claves activas',
  },
  empty: {
    en: 'Create one, copy it, and call the API a moment later.',
    tr: 'Bir tane oluşturun, kopyalayın ve hemen ardından API’yi çağırın.',
    es: 'Cree una, cópiela y llame a la API un momento después.',
  },
  full: {
    en: 'You have {limit} active keys, which is the limit. Revoke one that you no longer use to make room.',
    tr: '{limit} etkin anahtarınız var; sınır budur. Yer açmak için artık kullanmadığınız birini iptal edin.',
    es: 'Tiene {limit} claves activas, que es el límite. Revoque una que ya no use para hacer sitio.',
  },
  revoked: {
    en: 'The key is revoked. It stops working everywhere within seconds.',
    tr: 'Anahtar iptal edildi. Birkaç saniye içinde hiçbir yerde çalışmaz olur.',
    es: 'La clave está revocada. Deja de funcionar en todas partes en unos segundos.',
  },
  list: { en: 'Your keys', tr: 'Anahtarlarınız', es: 'Sus claves' },
  activeOf: {
    en: '{count} of {limit} active',
    tr: 'Etkin: {count} / {limit}',
    es: '{count} de {limit} activas',
  },
  ended: { en: 'Ended', tr: 'Sona ermiş', es: 'Terminadas' },
  created: { en: 'Created', tr: 'Oluşturuldu', es: 'Creada' },
  lastUsed: { en: 'Last used', tr: 'Son kullanım', es: 'Último uso' },
  never: { en: 'Never', tr: 'Hiç', es: 'Nunca' },
  calls: { en: 'Calls', tr: 'Çağrılar', es: 'Llamadas' },
  lastHour: { en: 'In the last hour', tr: 'Son bir saatte', es: 'En la última hora' },
  expires: { en: 'Expires', tr: 'Bitiş', es: 'Caduca' },
  active: { en: 'Active', tr: 'Etkin', es: 'Activa' },
  inactive: { en: 'Ended', tr: 'Sona erdi', es: 'Terminada' },
  revoke: { en: 'Revoke', tr: 'İptal et', es: 'Revocar' },
  revokeNamed: { en: 'Revoke {name}', tr: '{name}: İptal et', es: 'Revocar {name}' },
})

/** The complaints about a typed name. */
export const NAME_FAULTS = catalogue({
  empty: {
    en: 'Enter a name, so that you can tell your keys apart.',
    tr: 'Anahtarlarınızı ayırt edebilmek için bir ad girin.',
    es: 'Escriba un nombre para distinguir sus claves.',
  },
  length: {
    en: 'A name has at most 100 characters.',
    tr: 'Bir ad en çok 100 karakter olabilir.',
    es: 'Un nombre tiene como máximo 100 caracteres.',
  },
  invisible: {
    en: 'A name must not have invisible characters.',
    tr: 'Bir adda görünmez karakter olamaz.',
    es: 'Un nombre no puede tener caracteres invisibles.',
  },
})

/** How to keep keys, and how to replace one. */
export const KEY_CARE = catalogue({
  title: { en: 'Keeping keys safe', tr: 'Anahtarları güvende tutmak', es: 'Cuidar las claves' },
  environment: {
    en: 'Keep keys in environment variables or a secret store, never in code or version control.',
    tr: 'Anahtarları ortam değişkenlerinde ya da bir gizli anahtar deposunda tutun; kodda ya da sürüm denetiminde asla.',
    es: 'Guarde las claves en variables de entorno o en un gestor de secretos, nunca en el código ni en el control de versiones.',
  },
  each: {
    en: 'Use a key of its own for each environment and program, with a name that tells which.',
    tr: 'Her ortam ve program için ayrı bir anahtar kullanın; adı hangisi olduğunu söylesin.',
    es: 'Use una clave propia para cada entorno y programa, con un nombre que lo diga.',
  },
  header: {
    en: 'Send a key in the header {header}, never in a URL: URLs are logged.',
    tr: 'Anahtarı {header} başlığında gönderin; URL içinde asla: URL’ler günlüğe yazılır.',
    es: 'Envíe la clave en la cabecera {header}, nunca en una URL: las URL quedan registradas.',
  },
  rotateTitle: {
    en: 'Replacing a key without downtime',
    tr: 'Kesinti olmadan anahtar değiştirmek',
    es: 'Cambiar una clave sin interrupciones',
  },
  rotateCreate: {
    en: 'Create a new key; the old one goes on working.',
    tr: 'Yeni bir anahtar oluşturun; eskisi çalışmayı sürdürür.',
    es: 'Cree una clave nueva; la antigua sigue funcionando.',
  },
  rotateDeploy: {
    en: 'Deploy it wherever the old one is used.',
    tr: 'Eskisinin kullanıldığı her yere yerleştirin.',
    es: 'Instálela en todos los sitios donde se usa la antigua.',
  },
  rotateVerify: {
    en: 'Verify here that the new key is used and the old one no longer is.',
    tr: 'Burada yeni anahtarın kullanıldığını, eskisinin artık kullanılmadığını doğrulayın.',
    es: 'Compruebe aquí que la nueva se usa y que la antigua ya no.',
  },
  rotateQuiet: {
    en: 'No older key was used in the last hour.',
    tr: 'Son bir saatte daha eski hiçbir anahtar kullanılmadı.',
    es: 'En la última hora no se usó ninguna clave más antigua.',
  },
  rotateRevoke: {
    en: 'Revoke the old key.',
    tr: 'Eski anahtarı iptal edin.',
    es: 'Revoque la clave antigua.',
  },
})

/** How often a key was used in the last hour. */
export const USED_LATELY = catalogue({
  older: {
    en: {
      one: 'The old key {name} was used {count} time in the last hour.',
      other: 'The old key {name} was used {count} times in the last hour.',
    },
    tr: {
      one: 'Eski anahtar {name} son bir saatte {count} kez kullanıldı.',
      other: 'Eski anahtar {name} son bir saatte {count} kez kullanıldı.',
    },
    es: {
      one: 'La clave antigua {name} se usó {count} vez en la última hora.',
      other: 'La clave antigua {name} se usó {count} veces en la última hora.',
    },
  },
  this: {
    en: {
      one: 'It was used {count} time in the last hour.',
      other: 'It was used {count} times in the last hour.',
    },
    tr: {
      one: 'Son bir saatte {count} kez kullanıldı.',
      other: 'Son bir saatte {count} kez kullanıldı.',
    },
    es: {
      one: 'Se usó {count} vez en la última hora.',
      other: 'Se usó {count} veces en la última hora.',
    },
  },
})

/** The words of problems with keys. */
export const KEY_PROBLEM = catalogue({
  back: { en: 'To your API keys', tr: 'API anahtarlarınıza git', es: 'Ir a sus claves de API' },
  shownOnce: {
    en: 'This form has created its key already, and a key is shown only once. If you did not copy it, revoke it and create another one.',
    tr: 'Bu form anahtarını zaten oluşturdu ve bir anahtar yalnızca bir kez gösterilir. Kopyalamadıysanız iptal edip yenisini oluşturun.',
    es: 'Este formulario ya creó su clave, y una clave se muestra solo una vez. Si no la copió, revóquela y cree otra.',
  },
  gone: {
    en: 'There is no such active key. It may have been revoked already.',
    tr: 'Böyle bir etkin anahtar yok. Zaten iptal edilmiş olabilir.',
    es: 'No existe esa clave activa. Puede que ya esté revocada.',
  },
})
